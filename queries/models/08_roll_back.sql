-- Step 8: the champion is taken back: the name means the version before again, in every query that uses it.
ROLLBACK MODEL fare@champion;

SELECT version, aliases FROM show_model_versions(fare) ORDER BY version;

-- The worst attempt goes; a version that a name means would not.
DROP MODEL fare@3;
