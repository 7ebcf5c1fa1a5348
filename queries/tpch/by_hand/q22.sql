-- Customers with money who have not ordered.
SELECT cntrycode, count(*) AS numcust, sum(c_acctbal) AS totacctbal
FROM (
    SELECT c_phone[1:2] AS cntrycode, c_acctbal
    FROM customer
    WHERE c_phone[1:2] IN ('13', '31', '23', '29', '30', '18', '17')
        AND c_acctbal > (
            SELECT avg(c_acctbal)
            FROM customer
            WHERE c_acctbal > 0.0 AND c_phone[1:2] IN ('13', '31', '23', '29', '30', '18', '17')
        )
        AND NOT EXISTS (SELECT 1 FROM orders WHERE o_custkey = c_custkey)
)
GROUP BY cntrycode
ORDER BY cntrycode
