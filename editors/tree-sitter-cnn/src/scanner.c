/* Where a statement ends: at the end of a line, unless the next line that is not blank or a comment
 * goes on with `->` or `else`. Where no statement can end (inside brackets, behind `->`) the parser does
 * not ask, and the end of a line is blank. */

#include "tree_sitter/parser.h"

#include <wctype.h>

enum TokenType { NEWLINE, TEXT_END };

static bool is_word(int32_t character) { return iswalnum(character) || character == '_'; }

static bool goes_on_with(TSLexer *lexer, const char *text) {
  for (; *text; text++) {
    if (lexer->lookahead != *text) return false;
    lexer->advance(lexer, false);
  }
  return true;
}

static void pass_blanks_and_comments(TSLexer *lexer) {
  while (!lexer->eof(lexer)) {
    if (lexer->lookahead == '#') {
      while (!lexer->eof(lexer) && lexer->lookahead != '\n') lexer->advance(lexer, false);
    } else if (iswspace(lexer->lookahead)) {
      lexer->advance(lexer, false);
    } else {
      return;
    }
  }
}

static bool statement_goes_on(TSLexer *lexer) {
  if (lexer->lookahead == '-') return goes_on_with(lexer, "->");
  return goes_on_with(lexer, "else") && !is_word(lexer->lookahead);
}

void *tree_sitter_cnn_external_scanner_create(void) { return NULL; }
void tree_sitter_cnn_external_scanner_destroy(void *payload) {}
unsigned tree_sitter_cnn_external_scanner_serialize(void *payload, char *buffer) { return 0; }
void tree_sitter_cnn_external_scanner_deserialize(void *payload, const char *buffer, unsigned length) {}

bool tree_sitter_cnn_external_scanner_scan(void *payload, TSLexer *lexer, const bool *valid_symbols) {
  while (lexer->lookahead != '\n' && iswspace(lexer->lookahead)) lexer->advance(lexer, true);
  if (lexer->eof(lexer) && valid_symbols[TEXT_END]) {
    lexer->result_symbol = TEXT_END;
    return true;
  }
  if (lexer->lookahead != '\n' || !valid_symbols[NEWLINE]) return false;
  lexer->advance(lexer, false);
  lexer->mark_end(lexer);
  pass_blanks_and_comments(lexer);
  if (statement_goes_on(lexer)) return false;
  lexer->result_symbol = NEWLINE;
  return true;
}
