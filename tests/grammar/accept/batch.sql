BEGIN BATCH; FROM t TRAIN MODEL ols() TARGET y; COMMIT BATCH
----
BeginBatch
BEGIN BATCH
SELECT * FROM begin_batch()
Train
FROM t TRAIN MODEL ols() TARGET y
SELECT * FROM train_model((FROM t), model => ols(), target => y)
CommitBatch
COMMIT BATCH
SELECT * FROM commit_batch()
====
begin batch with (timeout = 60, n_jobs = 2); rollback batch
----
BeginBatch
BEGIN BATCH WITH (timeout = 60, n_jobs = 2)
SELECT * FROM begin_batch(options => {'timeout': 60, 'n_jobs': 2})
RollbackBatch
ROLLBACK BATCH
SELECT * FROM rollback_batch()
====
EXPLAIN BATCH
----
ExplainBatch
EXPLAIN BATCH
SELECT * FROM explain_batch()
====
EXPLAIN ANALYZE (FORMAT JSON) BATCH
----
ExplainBatch
EXPLAIN ANALYZE (FORMAT json) BATCH
SELECT * FROM explain_batch(measured => true, format => 'json')
====
CALL begin_batch()
----
BeginBatch
BEGIN BATCH
SELECT * FROM begin_batch()
====
FROM begin_batch(options => {timeout: 60})
----
BeginBatch
BEGIN BATCH WITH (timeout = 60)
SELECT * FROM begin_batch(options => {'timeout': 60})
====
SELECT * FROM commit_batch(); CALL rollback_batch()
----
CommitBatch
COMMIT BATCH
SELECT * FROM commit_batch()
RollbackBatch
ROLLBACK BATCH
SELECT * FROM rollback_batch()
====
FROM explain_batch(format => json)
----
ExplainBatch
EXPLAIN (FORMAT json) BATCH
SELECT * FROM explain_batch(format => 'json')
====
FROM explain_batch(measured => true, format => 'html')
----
ExplainBatch
EXPLAIN ANALYZE (FORMAT html) BATCH
SELECT * FROM explain_batch(measured => true, format => 'html')
