-- Step 2: the best version goes to work under the name that every later query uses. First the one before it, so that
-- there is something to go back to.
PROMOTE MODEL fare@1 TO champion;
PROMOTE MODEL fare@best TO champion;

SELECT version, aliases, round(score, 2) AS score FROM show_model_versions(fare) ORDER BY version;

-- What it was made from: the statement, what each column was, and the digests that `stratum reproduce` compares.
SELECT property, name, type, value FROM describe_model(fare@champion) WHERE property IN ('statement', 'seen', 'digest');
