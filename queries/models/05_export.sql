-- Step 5: the champion leaves: as SQL for any DuckDB, as a scikit-learn Pipeline, and as a text to read.
EXPORT MODEL fare@champion TO 'fare.sql';
EXPORT MODEL fare@champion TO 'fare.skops';
EXPORT MODEL fare@champion TO 'fare.json';
