-- Step 6: in a DuckDB without this package, after `.read fare.sql`: plain SQL over a table of its own.
SELECT passenger_id, round(prediction, 6) AS expected_fare
FROM predict_fare('new_passengers')
ORDER BY passenger_id;
