// stratum_parser: the statements of stratum-sql in a stock DuckDB.
//
// Registers a parser override, which rewrites a text (rewrite.hpp) and lets DuckDB's own parser read the result. DuckDB
// exports nothing that could be linked, and has no parser hook in its C API; so this is entered through the C API, and
// takes from the C++ headers the layouts of one release alone. It refuses every other release. Of DuckDB's code only the
// one file that keeps the callbacks is compiled in, and the constructor of an empty error.

#include <atomic>
#include <memory>
#include <mutex>
#include <sstream> // with its own `private`
#include <string>
#include <vector>

#define private public // the place of DBConfig::callback_manager, whose getter is no part of a header
#include "duckdb/main/config.hpp"
#undef private

#include "duckdb/common/error_data.hpp"
#include "duckdb/main/capi/capi_internal.hpp"
#include "duckdb/main/capi/extension_api.hpp"
#include "duckdb/main/database.hpp"
#include "duckdb/parser/parser_extension.hpp"
#include "duckdb/parser/sql_statement.hpp"
#include "src/main/extension_callback_manager.cpp"

#include "rewrite.hpp"

#ifndef STRATUM_DUCKDB_VERSION
#error "STRATUM_DUCKDB_VERSION is the release whose headers these are, such as \"v1.5.6\""
#endif

namespace duckdb {

ErrorData::ErrorData() : initialized(false), type(ExceptionType::INVALID) {
}

} // namespace duckdb

namespace stratum {

using duckdb::AllowParserOverride;
using duckdb::ParserOptions;
using duckdb::ParserOverrideResult;
using Api = duckdb_ext_api_v1;

// What of the host's settings changes how a text is read.
static std::vector<std::string> settings_of(const ParserOptions &options) {
	std::vector<std::string> settings;
#ifdef STRATUM_DUCKDB_1
	settings.push_back(std::string("preserve_identifier_case=") + (options.preserve_identifier_case ? "true" : "false"));
#else
	const char *cases[] = {"preserve_case", "lowercase", "uppercase"};
	const char *matches[] = {"partial", "full"};
	settings.push_back(std::string("preserve_identifier_case='") + cases[static_cast<int>(options.identifier_case_mode)] +
	                   "'");
	settings.push_back(std::string("regex_match_operator_semantics='") +
	                   matches[static_cast<int>(options.regex_match_operator_semantics)] + "'");
#endif
	settings.push_back(std::string("integer_division=") + (options.integer_division ? "true" : "false"));
	settings.push_back("max_expression_depth=" + std::to_string(options.max_expression_depth));
	return settings;
}

// A DuckDB beside the user's, in which texts are parsed and nothing is ever run but SET. It opens no file, and could not.
class Reader {
public:
	explicit Reader(const Api &api) : api(api) {
	}

	~Reader() {
		if (connection) {
			api.duckdb_disconnect(&connection);
		}
		if (database) {
			api.duckdb_close(&database);
		}
	}

	Reader(const Reader &) = delete;
	Reader &operator=(const Reader &) = delete;

	bool open() {
		return connection || connect();
	}

	bool use(const ParserOptions &options) {
		auto settings = settings_of(options);
		for (size_t index = 0; index < settings.size() && settings != used; index++) {
			if (api.duckdb_query(connection, ("SET " + settings[index]).c_str(), nullptr) != DuckDBSuccess) {
				return false;
			}
		}
		used = std::move(settings);
		return true;
	}

	// The statements of a text; `error` is empty where it could be read.
	duckdb::vector<duckdb::unique_ptr<duckdb::SQLStatement>> read(const std::string &text, std::string &error) {
		duckdb_extracted_statements extracted = nullptr;
		api.duckdb_extract_statements(connection, text.c_str(), &extracted);
		auto *wrapper = reinterpret_cast<duckdb::ExtractStatementsWrapper *>(extracted);
		auto statements = std::move(wrapper->statements);
		error = wrapper->error;
		api.duckdb_destroy_extracted(&extracted);
		return statements;
	}

	bool accepts(const std::string &text) {
		std::string error;
		read(text, error);
		return error.empty();
	}

private:
	const Api api;
	duckdb_database database = nullptr;
	duckdb_connection connection = nullptr;
	std::vector<std::string> used;

	bool connect() {
		duckdb_config config = nullptr;
		api.duckdb_create_config(&config);
		const char *options[][2] = {{"threads", "1"},
		                            {"enable_external_access", "false"},
		                            {"autoload_known_extensions", "false"},
		                            {"autoinstall_known_extensions", "false"},
		                            {"temp_directory", ""}};
		for (auto &option : options) {
			api.duckdb_set_config(config, option[0], option[1]);
		}
		bool opened = api.duckdb_open_ext(":memory:", &database, config, nullptr) == DuckDBSuccess;
		api.duckdb_destroy_config(&config);
		return opened && api.duckdb_connect(database, &connection) == DuckDBSuccess;
	}
};

// What one database keeps of us; it ends with that database.
struct State : public duckdb::ParserExtensionInfo {
	explicit State(const Api &api) : reader(api) {
	}

	std::mutex lock; // connections of one database parse side by side
	Reader reader;
};

static std::string quoted(const std::string &text) {
	std::string result = "'";
	for (char byte : text) {
		result += byte == '\'' ? "''" : std::string(1, byte);
	}
	return result + "'";
}

// Empty where nothing is ours. To answer with an error would show that of DuckDB's own parser, about the text before it
// was rewritten; so an error is a statement that raises it.
static duckdb::vector<duckdb::unique_ptr<duckdb::SQLStatement>> statements_of(State &state, const std::string &query,
                                                                              const ParserOptions &options) {
	auto ready = [&]() { return state.reader.open() && state.reader.use(options); };
	// where nothing can be parsed, nothing is ours
	auto accepts = [&](const std::string &text) { return !ready() || state.reader.accepts(text); };
	std::string rewritten, error;
	if (!Rewriter(query, accepts).rewrite(rewritten) || !ready()) {
		return {};
	}
	auto statements = state.reader.read(rewritten, error);
	return error.empty() ? std::move(statements) : state.reader.read("SELECT error(" + quoted(error) + ")", error);
}

// DuckDB asks for every text, in every thread that parses.
static ParserOverrideResult override_parser(duckdb::ParserExtensionInfo *info, const std::string &query,
                                            ParserOptions &options) {
	auto &state = *static_cast<State *>(info);
	try {
		std::lock_guard<std::mutex> guard(state.lock);
		auto statements = statements_of(state, query, options);
		return statements.empty() ? ParserOverrideResult() : ParserOverrideResult(std::move(statements));
	} catch (...) {
		return ParserOverrideResult(); // no memory: its own parser says so
	}
}

static void register_override(duckdb_database database, const Api &api) {
	duckdb::ParserExtension extension;
	extension.parser_override = override_parser;
	extension.parser_info = duckdb::make_shared_ptr<State>(api);
	auto &instance = *reinterpret_cast<duckdb::DatabaseWrapper *>(database)->database->instance;
	instance.config.callback_manager->Register(std::move(extension));
}

// An override is asked for once this setting allows it. RESET turns it off again.
static bool allow_override(duckdb_database database, const Api &api) {
	duckdb_connection connection = nullptr;
	if (api.duckdb_connect(database, &connection) != DuckDBSuccess) {
		return false;
	}
	const char *setting = "SET GLOBAL allow_parser_override_extension='fallback'";
	bool allowed = api.duckdb_query(connection, setting, nullptr) == DuckDBSuccess;
	api.duckdb_disconnect(&connection);
	return allowed;
}

static const char *load(duckdb_database database, const Api &api) {
	static const std::string other = std::string("stratum_parser was built for DuckDB ") + STRATUM_DUCKDB_VERSION +
	                                 ", and this is another version; `stratum extension install` puts the right one in "
	                                 "place";
	if (std::string(api.duckdb_library_version()) != STRATUM_DUCKDB_VERSION) {
		return other.c_str();
	}
	if (!allow_override(database, api)) {
		return "stratum_parser may not set allow_parser_override_extension; load it before the configuration is locked";
	}
	register_override(database, api);
	return nullptr;
}

} // namespace stratum

extern "C" __attribute__((visibility("default"))) bool stratum_parser_init_c_api(duckdb_extension_info info,
                                                                                 duckdb_extension_access *access) {
	auto *api = static_cast<const duckdb_ext_api_v1 *>(access->get_api(info, "v1.5.6"));
	auto *database = api ? access->get_database(info) : nullptr;
	if (!database) {
		return false; // DuckDB knows why
	}
	const char *problem = stratum::load(*database, *api);
	if (problem) {
		access->set_error(info, problem);
	}
	return !problem;
}
