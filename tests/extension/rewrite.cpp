// Rewrites texts from standard input, as if DuckDB's parser refused every one: what the words alone tell. Texts end with
// a zero byte, there and in the answers; an untouched text is answered by an empty one.

#include "../../rust_udfs/parser/rewrite.hpp"

#include <iostream>

int main() {
	std::string text;
	while (std::getline(std::cin, text, '\0')) {
		std::string result;
		bool ours = stratum::Rewriter(text, [](const std::string &) { return false; }).rewrite(result);
		std::cout << (ours ? result : "") << '\0';
	}
}
