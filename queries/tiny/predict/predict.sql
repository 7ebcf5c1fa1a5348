-- New passengers: a port, a deck and words that training never saw.
SELECT passenger_id, age, fare, family, class, sex, port, deck
FROM new_passengers
PREDICT MODEL survival_model AS expected_to_survive;

-- And how good was that?
SELECT survived, age, fare, family, class, sex, port, deck
FROM new_passengers
EVALUATE MODEL survival_model TARGET survived METRIC roc_auc, accuracy, log_loss;
