-- Step 3: a prediction is a relation. Who paid much more than the model expects of somebody like them?
SELECT p.passenger_id, p.class, p.port, p.fare, round(expected.fare, 2) AS expected_fare
FROM new_passengers AS p
JOIN (
    SELECT passenger_id AS id, age, family, class, port FROM new_passengers
    PREDICT MODEL fare@champion AS fare
) AS expected ON expected.id = p.passenger_id
WHERE p.fare > 1.5 * expected.fare
ORDER BY p.fare / expected.fare DESC, p.passenger_id;

-- The same prediction as a value, where one is enough: whom would the model let pay more, had they gone first class?
SELECT passenger_id, class, round(predict_model('fare@champion', age, family, 'first', port) - fare, 2) AS more
FROM new_passengers
WHERE predict_model('fare@champion', age, family, 'first', port) > fare AND class <> 'first'
ORDER BY more DESC, passenger_id
LIMIT 5;

-- And what each class is expected to bring, beside what it brought.
SELECT class, count(*) AS passengers, round(avg(prediction), 1) AS expected, round(avg(fare), 1) AS paid
FROM (SELECT age, family, class, port, fare FROM new_passengers PREDICT MODEL fare@champion)
GROUP BY class
ORDER BY class;
