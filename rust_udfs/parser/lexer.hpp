// Text to tokens with exact places, and which bracket closes which; read as DuckDB's own lexers read it.
//
// Bytes, not characters: every byte above 127 is part of a word, as DuckDB takes it.

#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace stratum {

enum class Kind { word, quoted, text, number, mark };

// `upper` is a word in capitals, or a mark; empty for a quoted name, a text and a number. `partner` is the index of the
// bracket that belongs to this one, or `none`.
struct Token {
	static constexpr size_t none = static_cast<size_t>(-1);

	Kind kind;
	size_t start;
	size_t end;
	std::string upper;
	size_t partner = none;
};

class Lexer {
public:
	explicit Lexer(const std::string &source) : source(source) {
	}

	// False where a quote or a comment has no end: DuckDB says so better than we can.
	bool read(std::vector<Token> &tokens) {
		while (skip_blanks()) {
			if (at == source.size()) {
				match(tokens);
				return true;
			}
			size_t start = at;
			Kind kind = next();
			if (at == unreadable) {
				return false;
			}
			tokens.push_back({kind, start, at, upper(kind, start), Token::none});
		}
		return false;
	}

private:
	static constexpr size_t unreadable = std::string::npos;

	const std::string &source;
	size_t at = 0;

	unsigned char peek(size_t ahead = 0) const {
		return at + ahead < source.size() ? static_cast<unsigned char>(source[at + ahead]) : 0;
	}

	static bool is_blank(unsigned char byte) {
		return byte == ' ' || (byte >= '\t' && byte <= '\r');
	}

	static bool is_digit(unsigned char byte) {
		return byte >= '0' && byte <= '9';
	}

	static bool starts_word(unsigned char byte) {
		return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_' || byte >= 0x80;
	}

	static bool in_word(unsigned char byte) {
		return starts_word(byte) || is_digit(byte) || byte == '$';
	}

	// Past white space and comments; false where a comment has no end.
	bool skip_blanks() {
		while (at < source.size()) {
			if (is_blank(peek())) {
				at++;
			} else if (peek() == '-' && peek(1) == '-') {
				at = std::min(source.find_first_of("\n\r", at), source.size());
			} else if (peek() == '/' && peek(1) == '*') {
				if (!skip_comment()) {
					return false;
				}
			} else {
				break;
			}
		}
		return true;
	}

	// Comments nest.
	bool skip_comment() {
		size_t depth = 0;
		while (at < source.size()) {
			bool opens = peek() == '/' && peek(1) == '*';
			bool closes = peek() == '*' && peek(1) == '/';
			at += opens || closes ? 2 : 1;
			depth += opens ? 1 : 0;
			depth -= closes ? 1 : 0;
			if (closes && depth == 0) {
				return true;
			}
		}
		return false;
	}

	Kind next() {
		unsigned char byte = peek();
		if (byte == '\'') {
			return quoted('\'', false, Kind::text);
		}
		if (byte == '"') {
			return quoted('"', false, Kind::quoted);
		}
		if (peek(1) == '\'' && (byte == 'e' || byte == 'E')) {
			at++;
			return quoted('\'', true, Kind::text);
		}
		if (peek(1) == '\'' && std::string("bBxXnN").find(static_cast<char>(byte)) != std::string::npos) {
			at++;
			return quoted('\'', false, Kind::text);
		}
		if (byte == '$') {
			return dollar();
		}
		if (starts_word(byte)) {
			while (in_word(peek()) && at < source.size()) {
				at++;
			}
			return Kind::word;
		}
		if (is_digit(byte) || (byte == '.' && is_digit(peek(1)))) {
			return number();
		}
		at++;
		return Kind::mark;
	}

	// A doubled quote stands for itself; so does an escaped one in an E'text'.
	Kind quoted(char quote, bool escapes, Kind kind) {
		for (at++; at < source.size(); at++) {
			if (escapes && source[at] == '\\') {
				at++;
			} else if (source[at] == quote) {
				if (static_cast<char>(peek(1)) != quote) {
					at++;
					return kind;
				}
				at++;
			}
		}
		at = unreadable;
		return kind;
	}

	// $$text$$, $tag$text$tag$, or the parameter $1.
	Kind dollar() {
		size_t close = at + 1;
		while (close < source.size() && in_word(static_cast<unsigned char>(source[close])) && source[close] != '$') {
			close++;
		}
		bool tagged = close < source.size() && source[close] == '$' && !is_digit(peek(1));
		if (!tagged) {
			at = close;
			return Kind::number;
		}
		std::string tag = source.substr(at, close + 1 - at);
		size_t end = source.find(tag, close + 1);
		at = end == std::string::npos ? unreadable : end + tag.size();
		return Kind::text;
	}

	Kind number() {
		while (is_digit(peek()) || peek() == '_' || peek() == '.' || starts_word(peek())) {
			bool exponent = peek() == 'e' || peek() == 'E';
			at += exponent && (peek(1) == '+' || peek(1) == '-') ? 2 : 1;
		}
		return Kind::number;
	}

	std::string upper(Kind kind, size_t start) const {
		if (kind != Kind::word && kind != Kind::mark) {
			return "";
		}
		std::string text = source.substr(start, at - start);
		for (char &byte : text) {
			byte = byte >= 'a' && byte <= 'z' ? static_cast<char>(byte - 'a' + 'A') : byte;
		}
		return text;
	}

	static void match(std::vector<Token> &tokens) {
		std::vector<size_t> open;
		for (size_t index = 0; index < tokens.size(); index++) {
			const std::string &mark = tokens[index].upper;
			if (mark == "(" || mark == "[" || mark == "{") {
				open.push_back(index);
			} else if (mark == ")" || mark == "]" || mark == "}") {
				if (open.empty() || !pair(tokens[open.back()].upper[0], mark[0])) {
					return; // what follows has no partners, and is left to DuckDB's error
				}
				tokens[open.back()].partner = index;
				tokens[index].partner = open.back();
				open.pop_back();
			}
		}
	}

	static bool pair(char opener, char closer) {
		return (opener == '(' && closer == ')') || (opener == '[' && closer == ']') || (opener == '{' && closer == '}');
	}
};

} // namespace stratum
