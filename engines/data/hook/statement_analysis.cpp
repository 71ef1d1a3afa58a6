// SPDX-License-Identifier: Apache-2.0
// Which datasets a statement reads, and whether it only reads: decided on the parse tree, before
// anything is bound or run. What the walk does not know it refuses.
#include "hook/duckdb_hook.hpp"

#include <duckdb/main/capi/capi_internal.hpp>
#include <duckdb/main/connection.hpp>
#include <duckdb/parser/expression/function_expression.hpp>
#include <duckdb/parser/expression/subquery_expression.hpp>
#include <duckdb/parser/parsed_data/create_type_info.hpp>
#include <duckdb/parser/parsed_expression_iterator.hpp>
#include <duckdb/parser/parser.hpp>
#include <duckdb/parser/query_node/recursive_cte_node.hpp>
#include <duckdb/parser/query_node/select_node.hpp>
#include <duckdb/parser/query_node/set_operation_node.hpp>
#include <duckdb/parser/statement/create_statement.hpp>
#include <duckdb/parser/statement/explain_statement.hpp>
#include <duckdb/parser/statement/multi_statement.hpp>
#include <duckdb/parser/statement/select_statement.hpp>
#include <duckdb/parser/tableref/basetableref.hpp>
#include <duckdb/parser/tableref/expressionlistref.hpp>
#include <duckdb/parser/tableref/joinref.hpp>
#include <duckdb/parser/tableref/pivotref.hpp>
#include <duckdb/parser/tableref/showref.hpp>
#include <duckdb/parser/tableref/subqueryref.hpp>
#include <duckdb/parser/tableref/table_function_ref.hpp>

#include <set>

namespace cloister::data {
namespace {

using duckdb::TableReferenceType;

std::string lower(const std::string& text) {
  return duckdb::StringUtil::Lower(text);
}

class Walk {
 public:
  // Names of common table expressions that are visible at a place, in lower case.
  using Scope = std::set<std::string>;

  std::set<std::string> tables;
  std::set<std::string> functions;
  std::string refusal;

  void visit(duckdb::QueryNode& node, Scope scope) {
    for (auto& [name, cte] : node.cte_map.map) {
      if (cte->query) visit(*cte->query->node, scope);
      scope.insert(lower(name));
    }
    duckdb::ParsedExpressionIterator::EnumerateQueryNodeModifiers(
        node, [&](duckdb::unique_ptr<duckdb::ParsedExpression>& child) { visit(*child, scope); });
    switch (node.type) {
      case duckdb::QueryNodeType::SELECT_NODE:
        return visit_select(node.Cast<duckdb::SelectNode>(), scope);
      case duckdb::QueryNodeType::SET_OPERATION_NODE:
        for (auto& child : node.Cast<duckdb::SetOperationNode>().children) visit(*child, scope);
        return;
      case duckdb::QueryNodeType::RECURSIVE_CTE_NODE: {
        auto& recursive = node.Cast<duckdb::RecursiveCTENode>();
        visit(*recursive.left, scope);
        scope.insert(lower(recursive.ctename));
        return visit(*recursive.right, scope);
      }
      default:
        refuse("the statement changes data inside a WITH, or has a part that is not known here");
    }
  }

 private:
  void refuse(const char* why) {
    if (refusal.empty()) refusal = why;
  }

  void visit_select(duckdb::SelectNode& node, const Scope& scope) {
    for (auto& expression : node.select_list) visit(*expression, scope);
    for (auto& expression : node.groups.group_expressions) visit(*expression, scope);
    for (auto* expression : {&node.where_clause, &node.having, &node.qualify})
      if (*expression) visit(**expression, scope);
    if (node.from_table) visit(*node.from_table, scope);
  }

  void visit(duckdb::ParsedExpression& expression, const Scope& scope) {
    if (expression.GetExpressionClass() == duckdb::ExpressionClass::SUBQUERY)
      visit(*expression.Cast<duckdb::SubqueryExpression>().subquery->node, scope);
    duckdb::ParsedExpressionIterator::EnumerateChildren(
        expression, [&](duckdb::ParsedExpression& child) { visit(child, scope); });
  }

  void visit(duckdb::TableRef& table, const Scope& scope) {
    switch (table.type) {
      case TableReferenceType::BASE_TABLE:
        return visit_name(table.Cast<duckdb::BaseTableRef>(), scope);
      case TableReferenceType::SUBQUERY:
        return visit(*table.Cast<duckdb::SubqueryRef>().subquery->node, scope);
      case TableReferenceType::JOIN: {
        auto& join = table.Cast<duckdb::JoinRef>();
        visit(*join.left, scope);
        visit(*join.right, scope);
        if (join.condition) visit(*join.condition, scope);
        return;
      }
      case TableReferenceType::TABLE_FUNCTION:
        return visit_function(*table.Cast<duckdb::TableFunctionRef>().function, scope);
      case TableReferenceType::EXPRESSION_LIST:
        for (auto& row : table.Cast<duckdb::ExpressionListRef>().values)
          for (auto& expression : row) visit(*expression, scope);
        return;
      case TableReferenceType::PIVOT:
        return visit_pivot(table.Cast<duckdb::PivotRef>(), scope);
      case TableReferenceType::SHOW_REF: {
        auto& show = table.Cast<duckdb::ShowRef>();
        if (!show.query)
          return refuse("only a table or a query can be described; `data list` lists the datasets");
        return visit(*show.query, scope);
      }
      case TableReferenceType::EMPTY_FROM:
        return;
      default:
        return refuse("the statement has a part that is not known here");
    }
  }

  void visit_name(duckdb::BaseTableRef& table, const Scope& scope) {
    if (!table.catalog_name.empty() || !table.schema_name.empty())
      return refuse("a dataset is named without a schema or database in front of it");
    if (!scope.contains(lower(table.table_name))) tables.insert(table.table_name);
  }

  void visit_function(duckdb::ParsedExpression& expression, const Scope& scope) {
    if (expression.GetExpressionClass() != duckdb::ExpressionClass::FUNCTION)
      return refuse("the statement has a part that is not known here");
    auto& function = expression.Cast<duckdb::FunctionExpression>();
    if (!function.catalog.empty() || !function.schema.empty())
      return refuse("a function in FROM is named without a schema in front of it");
    functions.insert(lower(function.function_name));
    visit(expression, scope);
  }

  void visit_pivot(duckdb::PivotRef& pivot, const Scope& scope) {
    if (pivot.source) visit(*pivot.source, scope);
    for (auto& aggregate : pivot.aggregates) visit(*aggregate, scope);
    for (auto& column : pivot.pivots) {
      for (auto& expression : column.pivot_expressions) visit(*expression, scope);
      for (auto& entry : column.entries)
        if (entry.expr) visit(*entry.expr, scope);
      if (column.subquery) visit(*column.subquery, scope);
    }
  }
};

// A PIVOT without IN becomes several statements: temporary enumerations of the values, then SELECT.
bool is_pivot_enumeration(duckdb::SQLStatement& statement, Walk& walk) {
  if (statement.type != duckdb::StatementType::CREATE_STATEMENT) return false;
  auto& info = *statement.Cast<duckdb::CreateStatement>().info;
  if (info.type != duckdb::CatalogType::TYPE_ENTRY || !info.temporary) return false;
  auto& type = info.Cast<duckdb::CreateTypeInfo>();
  if (!type.name.starts_with("__pivot_enum_") || !type.query ||
      type.query->type != duckdb::StatementType::SELECT_STATEMENT)
    return false;
  walk.visit(*type.query->Cast<duckdb::SelectStatement>().node, {});
  return true;
}

bool visit_statement(duckdb::SQLStatement& statement, Walk& walk) {
  switch (statement.type) {
    case duckdb::StatementType::SELECT_STATEMENT:
      walk.visit(*statement.Cast<duckdb::SelectStatement>().node, {});
      return true;
    case duckdb::StatementType::EXPLAIN_STATEMENT: {
      auto& explained = *statement.Cast<duckdb::ExplainStatement>().stmt;
      return explained.type == duckdb::StatementType::SELECT_STATEMENT &&
             visit_statement(explained, walk);
    }
    case duckdb::StatementType::MULTI_STATEMENT: {
      auto& parts = statement.Cast<duckdb::MultiStatement>().statements;
      for (std::size_t i = 0; i + 1 < parts.size(); ++i)
        if (!is_pivot_enumeration(*parts[i], walk)) return false;
      return !parts.empty() && parts.back()->type == duckdb::StatementType::SELECT_STATEMENT &&
             visit_statement(*parts.back(), walk);
    }
    default:
      return false;
  }
}

}  // namespace

Statement analyse_statement(duckdb_connection connection, const std::string& sql) {
  Statement result;
  auto& context = *reinterpret_cast<duckdb::Connection*>(connection)->context;
  try {
    duckdb::Parser parser(context.GetParserOptions());
    parser.ParseQuery(sql);
    if (parser.statements.size() != 1) {
      result.refusal = "exactly one statement can be run at a time";
      return result;
    }
    Walk walk;
    const bool reads = visit_statement(*parser.statements.front(), walk);
    if (!reads)
      result.refusal =
          "only statements that read can be run: SELECT, FROM, WITH, VALUES, PIVOT, DESCRIBE, "
          "SUMMARIZE, EXPLAIN";
    else
      result.refusal = walk.refusal;
    result.tables.assign(walk.tables.begin(), walk.tables.end());
    result.functions.assign(walk.functions.begin(), walk.functions.end());
  } catch (const std::exception& error) {
    result.error = duckdb::ErrorData(error).Message();
  }
  return result;
}

}  // namespace cloister::data
