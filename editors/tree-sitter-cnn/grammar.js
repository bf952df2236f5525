/**
 * The grammar of the cnndsl language for tree-sitter. `cnndsl/syntax/grammar.lark` is the language's own;
 * a test holds the keywords and tokens of this one against it.
 *
 * Keywords are soft: where one cannot stand, tree-sitter reads a name, as the language does. Whole
 * files and the bare lines of a body are read.
 */

const LEVELS = { choice: 1, or: 2, and: 3, not: 4, compare: 5, sum: 6, product: 7, sign: 8, power: 9 };

const list = (rule) => seq(rule, repeat(seq(',', rule)));
const loose = (rule) => seq(list(rule), optional(','));

module.exports = grammar({
  name: 'cnn',

  // Where a line ends, the scanner says; elsewhere its end is blank.
  externals: ($) => [$._newline, $._text_end],
  extras: ($) => [/\s/, $.comment],
  word: ($) => $.identifier,
  supertypes: ($) => [$.expression],
  // `let x = a ...`, and what stands in brackets behind it: a chain or an expression.
  conflicts: ($) => [
    [$._heading, $.stage],
    [$._link, $._postfix],
    [$.item, $._reference],
    [$.call, $._reference],
    [$._value, $._reference],
  ],

  rules: {
    source_file: ($) =>
      repeat(
        choice(
          $._definition,
          $.recipe,
          $.import,
          seq($._statement, choice($._newline, $._text_end)),
          $._newline,
        ),
      ),

    // Definitions

    import: ($) => seq('import', field('name', $.names), 'from', field('path', $.string)),
    _definition: ($) =>
      choice($.block_definition, $.model_definition, $.stage_definition, $.variant, $.pixels_definition),
    block_definition: ($) => seq('block', $._heading, field('body', $.body)),
    model_definition: ($) => seq('model', $._heading, field('body', $.body)),
    stage_definition: ($) => prec.dynamic(1, seq('stage', $._heading, field('body', $.body))),
    _heading: ($) => seq(field('name', $.identifier), optional(field('parameters', $.parameters))),
    variant: ($) => seq('model', field('name', $.identifier), '=', field('value', $._reference)),
    pixels_definition: ($) => seq('pixels', field('name', $.identifier), '=', field('value', $._reference)),
    parameters: ($) => seq('(', optional(loose($.parameter)), ')'),
    parameter: ($) => seq(field('name', $.identifier), optional(seq('=', field('default', $.expression)))),

    // Recipes

    recipe: ($) =>
      seq(
        'recipe',
        field('name', $.identifier),
        optional(seq('for', field('model', $.identifier))),
        '{',
        optional($._newline),
        optional(seq($.setting, repeat(seq($._newline, $.setting)), optional($._newline))),
        '}',
      ),
    setting: ($) =>
      seq(field('name', $.identifier), optional($._entries), optional(seq('for', field('target', $._entries)))),
    _entries: ($) => loose(choice($._reference, $.string, $._literal)),

    // Statements

    body: ($) =>
      seq(
        '{',
        optional($._newline),
        optional(seq($._statement, repeat(seq($._newline, $._statement)), optional($._newline))),
        '}',
      ),
    _statement: ($) =>
      choice($.input, $.pixels, $.defaults, $.output, $.expect, $.let, $.share, $._chain),
    input: ($) =>
      seq('input', choice($._postfix, alias($._several, $.names), list($.stated_input))),
    stated_input: ($) => seq(field('name', $.identifier), ':', field('shape', $._postfix)),
    pixels: ($) => seq('pixels', $._reference),
    defaults: ($) => seq('defaults', $._reference),
    output: ($) => seq('output', field('name', $.names), optional(seq('for', 'training'))),
    expect: ($) => seq('expect', $.expression),
    let: ($) =>
      seq('let', field('name', $.identifier), '=', field('value', choice(prec.dynamic(1, $.expression), $._chain))),
    share: ($) => seq('share', field('name', $.identifier), '=', field('value', $._reference)),
    names: ($) => list($.identifier),
    _several: ($) => seq($.identifier, repeat1(seq(',', $.identifier))),

    // Chains

    _chain: ($) => choice($.element, $.chain),
    chain: ($) => seq($.element, repeat1(seq('->', $.element))),
    element: ($) =>
      seq(
        $._link,
        optional(seq('*', field('count', $._postfix))),
        optional(seq('as', field('name', $._named))),
        optional(seq(':', field('shape', $._postfix))),
      ),
    _named: ($) => seq($.identifier, optional($.numbers), repeat(seq(',', $.identifier))),
    numbers: ($) => seq('[', optional(loose($.expression)), ']'),
    _link: ($) =>
      choice($._reference, $.merge, $.group, $.values, $.item, $.conditional, $.for_loop, $.stage),
    merge: ($) => seq(field('name', $.identifier), field('body', $.body)),
    group: ($) => seq('(', $._chain, ')'),
    values: ($) => seq('(', $._value, repeat1(seq(',', $._value)), ')'),
    item: ($) => seq(field('name', $.identifier), '[', $.expression, ']'),
    _value: ($) => choice($.identifier, $.item),
    for_loop: ($) => seq('for', field('name', $.names), 'in', $.expression, field('body', $.body)),
    stage: ($) => seq('stage', field('name', $.identifier), field('body', $.body)),
    conditional: ($) =>
      seq('if', $.expression, field('body', $.body), optional(seq('else', choice($.body, $.conditional)))),
    _reference: ($) => choice($.identifier, $.call),
    call: ($) => seq(field('name', $.identifier), field('arguments', $.arguments)),
    arguments: ($) => seq('(', optional(loose(choice($.expression, $.argument))), ')'),
    argument: ($) => seq(field('name', $.identifier), '=', field('value', $.expression)),

    // Expressions

    expression: ($) => choice($.choice, $.binary_expression, $.unary_expression, $._postfix),
    choice: ($) =>
      prec.right(LEVELS.choice, seq($.expression, 'if', $.expression, 'else', $.expression)),
    binary_expression: ($) =>
      choice(
        ...[
          [LEVELS.or, 'or'],
          [LEVELS.and, 'and'],
          [LEVELS.compare, choice('==', '!=', '<=', '>=', '<', '>')],
          [LEVELS.sum, choice('+', '-')],
          [LEVELS.product, choice('*', '/', '//', '%')],
        ].map(([level, operator]) =>
          prec.left(level, seq($.expression, field('operator', operator), $.expression)),
        ),
        prec.right(LEVELS.power, seq($.expression, field('operator', '**'), $.expression)),
      ),
    unary_expression: ($) =>
      choice(prec(LEVELS.not, seq('not', $.expression)), prec(LEVELS.sign, seq('-', $.expression))),
    _postfix: ($) =>
      choice(
        $._literal,
        $._reference,
        $.dimension,
        $.index,
        $.list,
        $.comprehension,
        $.parenthesized_expression,
        $.tuple,
      ),
    index: ($) => seq($._postfix, '[', $.expression, ']'),
    dimension: ($) => seq(choice('in', field('value', $.identifier)), '.', field('axis', $.identifier)),
    list: ($) => seq('[', optional(loose($.expression)), ']'),
    comprehension: ($) =>
      seq(
        '[',
        $.expression,
        seq('for', field('name', $.names), 'in', $.expression),
        optional(seq('if', $.expression)),
        ']',
      ),
    parenthesized_expression: ($) => seq('(', $.expression, ')'),
    tuple: ($) => seq('(', $.expression, ',', optional(loose($.expression)), ')'),

    // Tokens

    _literal: ($) => choice($.size, $.decimal, $.integer, $.true, $.false, $.none),
    true: () => 'true',
    false: () => 'false',
    none: () => 'none',
    size: () => token(prec(3, /[0-9][0-9_]*x[0-9][0-9_]*(?:x[0-9][0-9_]*)?/)),
    decimal: () => token(prec(2, /[0-9][0-9_]*(?:\.[0-9]+(?:[eE][+-]?[0-9]+)?[KMG]?|[eE][+-]?[0-9]+|[KMG])/)),
    integer: () => token(prec(1, /[0-9][0-9_]*/)),
    identifier: () => /[A-Za-z_][A-Za-z0-9_]*/,
    string: () => /"[^"\n]*"|'[^'\n]*'/,
    comment: () => /#[^\n]*/,
  },
});
