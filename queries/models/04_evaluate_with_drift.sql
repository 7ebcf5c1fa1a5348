-- Step 4: how good is each version on passengers that none of them saw? Some come from Belfast,
-- which training never saw: the answer comes with the warning `drift`.
SELECT fare, age, family, class, port, deck FROM new_passengers WHERE fare IS NOT NULL
EVALUATE MODEL fare@1, fare@champion, fare@latest METRIC r2, mae;
