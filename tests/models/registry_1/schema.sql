CREATE SCHEMA stratum;
CREATE TABLE t(id BIGINT, a BIGINT, c VARCHAR, y DECIMAL(22,1), late BOOLEAN);
CREATE TABLE stratum.models("name" VARCHAR, "version" INTEGER, estimator VARCHAR, params VARCHAR, metric VARCHAR, score DOUBLE, "statement" VARCHAR, artefact VARCHAR NOT NULL, manifest VARCHAR NOT NULL, created_at TIMESTAMP NOT NULL, PRIMARY KEY("name", "version"));
CREATE TABLE stratum.trials(run VARCHAR NOT NULL, "statement" VARCHAR, model VARCHAR, trial INTEGER, estimator VARCHAR, params VARCHAR, status VARCHAR, "error" VARCHAR, fold_scores VARCHAR, fit_seconds DOUBLE, finished_at TIMESTAMP NOT NULL);

