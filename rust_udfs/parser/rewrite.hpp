// Statements of ours to statements of DuckDB: each block with a verb becomes a call that has it planned.
//
//     CREATE TABLE b AS FROM t TRAIN MODEL ols() TARGET y
//  => CREATE TABLE b AS FROM query(stratum_plan('FROM t TRAIN MODEL ols() TARGET y'))
//
// No word is reserved. A verb is ours only after a token that can end a query, and only in a statement that DuckDB's own
// parser refuses. A block in brackets within a block is rewritten first, and stands rewritten in the outer one's text.

#pragma once

#include "lexer.hpp"
#include "words.hpp"

#include <functional>
#include <string>
#include <vector>

namespace stratum {

using Accepts = std::function<bool(const std::string &)>; // does DuckDB's own parser accept this text?

class Rewriter {
public:
	Rewriter(const std::string &source, Accepts accepts) : source(source), accepts(std::move(accepts)) {
	}

	// The text of a script with its blocks rewritten. False where nothing in it is ours.
	bool rewrite(std::string &result) {
		if (!mentions_us() || !Lexer(source).read(tokens)) {
			return false;
		}
		std::vector<Piece> pieces = statements();
		bool any = false;
		for (Piece &piece : pieces) {
			rewrite_statement(piece);
			any = any || piece.changed;
		}
		if (!any) {
			return false;
		}
		bool plain = !calls_us && accepts(source);
		result = plain ? source : joined(pieces);
		return !plain && result != source;
	}

private:
	// Tokens `lo` up to `hi` of a statement, without its semicolon.
	struct Piece {
		size_t lo;
		size_t hi;
		bool changed = false;
		bool core = false;
		std::string text {};
	};

	static constexpr size_t deepest = 200; // brackets in each other; DuckDB itself stops at 1000 expressions

	const std::string &source;
	Accepts accepts;
	std::vector<Token> tokens {};
	bool calls_us = false; // a core call stands in the statement being read: legal, and ours
	bool found = false;    // a block was found in it
	size_t depth = 0;

	const std::string &upper(size_t index) const {
		static const std::string nothing;
		return index < tokens.size() ? tokens[index].upper : nothing;
	}

	std::string text(size_t lo, size_t hi) const {
		return lo < hi ? source.substr(tokens[lo].start, tokens[hi - 1].end - tokens[lo].start) : "";
	}

	size_t skip(size_t index) const {
		size_t partner = tokens[index].partner;
		return partner != Token::none && partner > index ? partner + 1 : index + 1;
	}

	// Most texts are not ours, and cost one look at their letters.
	bool mentions_us() const {
		if (source.find('\0') != std::string::npos) {
			return false; // a text of C would end there
		}
		for (size_t at = 0; at + 5 <= source.size(); at++) {
			if (same(at, "model") || same(at, "batch")) {
				return true;
			}
		}
		return false;
	}

	bool same(size_t at, const char *word) const {
		for (; *word; word++, at++) {
			if ((source[at] | 0x20) != *word) {
				return false;
			}
		}
		return true;
	}

	std::vector<Piece> statements() const {
		std::vector<Piece> pieces;
		size_t lo = 0;
		for (size_t index = 0; index < tokens.size(); index = skip(index)) {
			if (upper(index) == ";") {
				pieces.push_back({lo, index});
				lo = index + 1;
			}
		}
		pieces.push_back({lo, tokens.size()});
		return pieces;
	}

	// The statements, with what stands between them.
	std::string joined(const std::vector<Piece> &pieces) const {
		std::string result;
		size_t at = 0;
		for (const Piece &piece : pieces) {
			if (piece.lo == piece.hi) {
				continue;
			}
			result += source.substr(at, tokens[piece.lo].start - at);
			bool plain = piece.changed && !piece.core && accepts(text(piece.lo, piece.hi));
			result += piece.changed && !plain ? piece.text : text(piece.lo, piece.hi);
			at = tokens[piece.hi - 1].end;
		}
		return result + source.substr(at);
	}

	void rewrite_statement(Piece &piece) {
		found = false;
		bool called = calls_us;
		calls_us = false;
		size_t start = after_explain(piece.lo, piece.hi);
		if (is_command(piece.lo, start, piece.hi)) {
			bool whole = upper(start) == "BATCH";
			size_t from = whole ? piece.lo : start;
			piece.text = before(piece.lo, from) + planned(inside(from, piece.hi, from, false));
			found = true;
		} else {
			piece.text = inside(piece.lo, piece.hi, query_start(start, piece.hi), true);
		}
		piece.changed = found;
		piece.core = calls_us;
		calls_us = calls_us || called;
	}

	std::string before(size_t lo, size_t hi) const {
		return lo < hi ? source.substr(tokens[lo].start, tokens[hi].start - tokens[lo].start) : "";
	}

	// ---- statements told by their first words ------------------------------------------------------------------

	// Past `EXPLAIN`, `EXPLAIN ANALYZE` and `EXPLAIN (FORMAT json)`.
	size_t after_explain(size_t lo, size_t hi) const {
		if (upper(lo) != "EXPLAIN" || lo + 1 >= hi) {
			return lo;
		}
		size_t next = upper(lo + 1) == "ANALYZE" || upper(lo + 1) == "ANALYSE" ? lo + 2 : lo + 1;
		bool options = upper(next) == "(" && !query_starts().count(upper(next + 1));
		next = options ? skip(next) : next;
		return next < hi ? next : lo;
	}

	bool is_command(size_t lo, size_t start, size_t hi) const {
		if (start > lo && upper(start) == "BATCH") {
			return true; // EXPLAIN BATCH
		}
		std::string pair = start + 1 < hi ? upper(start) + " " + upper(start + 1) : "";
		if (commands().count(pair)) {
			return true;
		}
		if (listings().count(pair)) {
			return start + 2 < hi && tokens[start + 2].kind != Kind::mark && tokens[start + 2].kind != Kind::number;
		}
		return creates_model(start, hi);
	}

	bool creates_model(size_t at, size_t hi) const {
		if (upper(at) != "CREATE") {
			return false;
		}
		at += upper(at + 1) == "OR" && upper(at + 2) == "REPLACE" ? 3 : 1;
		at += upper(at) == "TEMP" || upper(at) == "TEMPORARY" ? 1 : 0;
		return at < hi && upper(at) == "MODEL";
	}

	// ---- where the query of a statement starts -----------------------------------------------------------------

	// The query of `CREATE TABLE x AS <query>`, `PREPARE p AS <query>`, `INSERT INTO x <query>`, `DESCRIBE <query>`.
	size_t query_start(size_t lo, size_t hi) const {
		const std::string &word = upper(lo);
		if (word == "CREATE" || word == "PREPARE") {
			size_t start = after(lo, hi, "AS");
			return upper(start) == "TABLE" && query_starts().count(upper(start + 1)) ? start + 1 : start;
		}
		if (word == "INSERT") {
			return insert_query(lo, hi);
		}
		if (word == "DESCRIBE" || word == "DESC" || word == "SUMMARIZE" || word == "SHOW") {
			return query_starts().count(upper(lo + 1)) ? lo + 1 : lo;
		}
		if (word == "WITH") {
			for (size_t index = lo + 1; index < hi; index = skip(index)) {
				const std::string &next = upper(index);
				if (next == "INSERT") {
					return insert_query(index, hi);
				}
				if (next == "SELECT" || next == "FROM" || next == "VALUES") {
					return lo;
				}
			}
		}
		return lo;
	}

	size_t insert_query(size_t lo, size_t hi) const {
		for (size_t index = after(lo, hi, "INTO"); index < hi; index = skip(index)) {
			bool starts = query_starts().count(upper(index));
			if (starts && (upper(index) != "(" || query_starts().count(upper(index + 1)))) {
				return index;
			}
		}
		return lo;
	}

	size_t after(size_t lo, size_t hi, const char *word) const {
		for (size_t index = lo; index < hi; index = skip(index)) {
			if (upper(index) == word) {
				return index + 1;
			}
		}
		return lo;
	}

	// ---- blocks ------------------------------------------------------------------------------------------------

	// The text of the tokens `lo` up to `hi`, blocks in brackets rewritten. The query that may be a block itself starts
	// at `start`; `sugar` says whether it may.
	std::string inside(size_t lo, size_t hi, size_t start, bool sugar) {
		std::string head, block;
		for (size_t index = lo; index < hi;) {
			std::string &part = index < start ? head : block;
			if (index > lo) {
				(index > start ? block : head) += source.substr(tokens[index - 1].end, tokens[index].start - tokens[index - 1].end);
			}
			if (sugar && index > start && is_verb(index, hi)) {
				found = true;
				return head + planned(block + text(index, hi));
			}
			bool core = is_core(index, hi);
			size_t end = core ? skip(index + 1) : skip(index);
			part += core ? core_call(index) : brackets(index, end);
			index = end;
		}
		return head + block;
	}

	// One token, or a pair of brackets with what is in it.
	std::string brackets(size_t index, size_t end) {
		if (end == index + 1 || depth >= deepest) {
			return text(index, end);
		}
		depth++;
		std::string middle = gap(index) + inside(index + 1, end - 1, index + 1, true) + gap(end - 2);
		depth--;
		return text(index, index + 1) + (end == index + 2 ? gap(index) : middle) + text(end - 1, end);
	}

	std::string gap(size_t index) const {
		return source.substr(tokens[index].end, tokens[index + 1].start - tokens[index].end);
	}

	bool is_verb(size_t index, size_t hi) const {
		return index + 1 < hi && upper(index + 1) == "MODEL" && verbs().count(upper(index)) &&
		       can_end_query(index - 1);
	}

	bool can_end_query(size_t index) const {
		const Token &token = tokens[index];
		if (token.kind != Kind::mark) {
			return token.kind != Kind::word || !never_last().count(token.upper);
		}
		if (token.upper == "*") { // all columns, no product
			const std::string &last = upper(index - 1);
			return last == "SELECT" || last == "DISTINCT" || last == "ALL" || last == "RETURNING" || last == "," ||
			       last == "." || last == "(" || last == ")";
		}
		if (token.upper == "%") { // LIMIT 10 %
			return index > 1 && (upper(index - 2) == "LIMIT" || upper(index - 2) == "SAMPLE" || upper(index - 2) == "(");
		}
		return token.upper == ")" || token.upper == "]" || token.upper == "}" || token.upper == "?";
	}

	// `FROM train_model((SELECT …), …)`, `FROM show_models()`: legal, so that DuckDB's parser cannot tell that it is ours.
	bool is_core(size_t index, size_t hi) const {
		bool called = index > 0 && index + 2 < hi && upper(index + 1) == "(" && tokens[index + 1].partner != Token::none;
		if (!called || (upper(index - 1) != "FROM" && upper(index - 1) != "JOIN")) {
			return false;
		}
		bool reads = core_calls().count(upper(index)) && upper(index + 2) == "(";
		return listing_calls().count(upper(index)) || (reads && query_starts().count(upper(index + 3)));
	}

	std::string core_call(size_t index) {
		found = calls_us = true;
		size_t end = skip(index + 1);
		return "(" + planned("FROM " + text(index, index + 1) + gap(index) + brackets(index + 1, end)) + ")";
	}

	// Dollars quote what has quotes in it: doubled quotes would double again in every outer block.
	static std::string planned(const std::string &block) {
		std::string quote = "'";
		for (size_t number = 0; (block + quote).find(quote) != block.size(); number++) {
			quote = number ? "$stratum" + std::to_string(number) + "$" : "$stratum$";
		}
		return "FROM query(stratum_plan(" + quote + block + quote + "))";
	}
};

} // namespace stratum
