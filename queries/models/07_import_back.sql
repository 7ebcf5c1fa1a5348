-- Step 7: the files come back as models. They predict what the champion does.
IMPORT MODEL fare_of_skops FROM 'fare.skops';
IMPORT MODEL fare_of_json FROM 'fare.json';

SELECT
    count(*) AS passengers,
    max(abs(fare_of_skops_prediction - fare_champion_prediction)) AS difference_of_skops,
    max(abs(fare_of_json_prediction - fare_champion_prediction)) AS difference_of_json
FROM (
    SELECT age, family, class, port FROM new_passengers
    PREDICT MODEL fare@champion, fare_of_skops, fare_of_json
);
