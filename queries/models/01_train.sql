-- Step 1: three attempts at the fare, each a version of one model. The last one is worse than the second, as happens.
CREATE MODEL fare AS
SELECT fare, impute(age), family FROM passengers WHERE fare IS NOT NULL
TRAIN MODEL ridge(alpha => 1.0) TARGET fare CROSS VALIDATE 5 METRIC r2, mae;

SELECT fare, impute(age), family, one_hot(class), one_hot(port) FROM passengers WHERE fare IS NOT NULL
TRAIN MODEL ridge(alpha => [0.1, 1.0, 10.0]) TARGET fare CROSS VALIDATE 5 METRIC r2, mae AS fare;

SELECT fare, impute(age), one_hot(deck) FROM passengers WHERE fare IS NOT NULL
TRAIN MODEL ridge(alpha => 1.0) TARGET fare CROSS VALIDATE 5 METRIC r2, mae AS fare;

-- What there is now: version, names, score. `latest` is 3, `best` is 2.
SHOW MODEL VERSIONS fare;
