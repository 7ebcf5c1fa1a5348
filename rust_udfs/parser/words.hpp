// The words that tell a statement of ours; grammar/tokens.py and grammar/split.py have the same, and a test compares.

#pragma once

#include <string>
#include <unordered_set>

namespace stratum {

using WordSet = std::unordered_set<std::string>;

inline const WordSet &verbs() {
	static const WordSet words {"TRAIN", "PREDICT", "EVALUATE", "TRANSFORM", "EXPLAIN"};
	return words;
}

// calls whose first argument is a query in brackets
inline const WordSet &core_calls() {
	static const WordSet words {"TRAIN_MODEL",     "PREDICT_MODEL", "EVALUATE_MODEL",
	                            "TRANSFORM_MODEL", "EXPLAIN_MODEL", "CREATE_MODEL"};
	return words;
}

// calls that read no query
inline const WordSet &listing_calls() {
	static const WordSet words {"SHOW_MODELS",  "SHOW_MODEL_VERSIONS", "DESCRIBE_MODEL", "DROP_MODEL",
	                            "EXPORT_MODEL", "PROMOTE_MODEL",       "ROLLBACK_MODEL", "IMPORT_MODEL",
	                            "BEGIN_BATCH",  "EXPLAIN_BATCH",       "COMMIT_BATCH",   "ROLLBACK_BATCH"};
	return words;
}

inline const WordSet &query_starts() {
	static const WordSet words {"SELECT", "FROM",    "WITH",        "VALUES",      "TABLE", "(",
	                            "PIVOT",  "UNPIVOT", "PIVOT_WIDER", "PIVOT_LONGER"};
	return words;
}

// Words after which no query can end: DuckDB's reserved ones but those that are values or end a clause, and some that
// want something after them (`JOIN train model ON …`).
inline const WordSet &never_last() {
	static const WordSet words {
	    // reserved
	    "ANALYSE", "ANALYZE", "AND", "ANY", "ARRAY", "AS", "ASYMMETRIC", "BOTH", "CASE", "CAST", "CHECK", "COLLATE",
	    "COLUMN", "CONSTRAINT", "CREATE", "DEFERRABLE", "DESCRIBE", "DISTINCT", "DO", "ELSE", "EXCEPT", "FETCH", "FOR",
	    "FOREIGN", "FROM", "GROUP", "HAVING", "IN", "INITIALLY", "INTERSECT", "INTO", "LAMBDA", "LATERAL", "LEADING",
	    "LIMIT", "NOT", "OFFSET", "ON", "ONLY", "OR", "ORDER", "PIVOT", "PIVOT_LONGER", "PIVOT_WIDER", "PLACING",
	    "PRIMARY", "QUALIFY", "REFERENCES", "RETURNING", "SELECT", "SHOW", "SOME", "SUMMARIZE", "SYMMETRIC", "TABLE",
	    "THEN", "TO", "TRAILING", "UNION", "UNIQUE", "UNPIVOT", "USING", "VARIADIC", "WHEN", "WHERE", "WINDOW", "WITH",
	    // not reserved
	    "ANTI", "ASOF", "AT", "BY", "CROSS", "FULL", "GLOB", "ILIKE", "INNER", "IS", "JOIN", "LEFT", "LIKE", "NATURAL",
	    "OUTER", "POSITIONAL", "RIGHT", "SEMI", "SIMILAR", "TABLESAMPLE", "UPDATE", "EXPLAIN"};
	return words;
}

// first two words of statements that are ours as a whole
inline const WordSet &commands() {
	static const WordSet words {"DROP MODEL",   "PROMOTE MODEL", "ROLLBACK MODEL", "EXPORT MODEL",
	                            "IMPORT MODEL", "BEGIN BATCH",   "COMMIT BATCH",   "ROLLBACK BATCH"};
	return words;
}

// the same, where a name or a text comes next: else they describe a table called `model`
inline const WordSet &listings() {
	static const WordSet words {"SHOW MODELS", "SHOW MODEL", "DESCRIBE MODEL", "DESC MODEL"};
	return words;
}

} // namespace stratum
