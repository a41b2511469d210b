#include "forms/xpath_tokens.h"

#include "engine/base/text.h"

#include <string.h>

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Letters beyond ASCII are taken as they are; libxml2 judges them. */
static bool is_name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

static bool is_name_char(char c)
{
    return is_name_start(c) || is_digit(c) || c == '-' || c == '.';
}

bool xpath_tokens_are(const struct xpath_tokens *tokens, const char *text)
{
    return (tokens->token == XPATH_TOKEN_OPERATOR || tokens->token == XPATH_TOKEN_MARK) &&
           strlen(text) == tokens->size && memcmp(tokens->start, text, tokens->size) == 0;
}

static void set_token(struct xpath_tokens *tokens, enum xpath_token token, size_t size)
{
    tokens->token = token;
    tokens->start = tokens->at;
    tokens->size = size;
    tokens->at += size;
}

static size_t name_size(const char *at)
{
    size_t size = 0;
    while (is_name_char(at[size]))
        size++;
    return size;
}

/* `1 mod2`: where only an operator can stand a digit after it is the next operand, as everybody
 * but the letter of XPath 1.0 (3.7) reads it. */
static bool ends_operator(const char *word, size_t size)
{
    return !is_name_char(word[size]) || is_digit(word[size]);
}

static void read_name(struct xpath_tokens *tokens)
{
    size_t size = name_size(tokens->at);
    const char *word = tokens->at;
    if (tokens->after_operand) {
        static const char *const operators[] = {"and", "or", "mod", "div"};
        for (size_t i = 0; i < COUNT(operators); i++)
            if (text_starts_with(word, operators[i]) && ends_operator(word, strlen(operators[i]))) {
                set_token(tokens, XPATH_TOKEN_OPERATOR, strlen(operators[i]));
                return;
            }
    }
    if (word[size] == ':' && word[size + 1] == '*')
        size += 2;
    else if (word[size] == ':' && is_name_start(word[size + 1]))
        size += 1 + name_size(word + size + 1);
    set_token(tokens, XPATH_TOKEN_NAME, size);
}

static void read_number(struct xpath_tokens *tokens)
{
    size_t size = 0;
    while (is_digit(tokens->at[size]))
        size++;
    if (tokens->at[size] == '.') {
        size++;
        while (is_digit(tokens->at[size]))
            size++;
    }
    set_token(tokens, XPATH_TOKEN_NUMBER, size);
}

static void read_sign(struct xpath_tokens *tokens)
{
    static const struct {
        const char *text;
        enum xpath_token token;
    } signs[] = {
        {"!=", XPATH_TOKEN_OPERATOR}, {"<=", XPATH_TOKEN_OPERATOR}, {">=", XPATH_TOKEN_OPERATOR},
        {"//", XPATH_TOKEN_OPERATOR}, {"::", XPATH_TOKEN_MARK},     {"..", XPATH_TOKEN_MARK},
        {"/", XPATH_TOKEN_OPERATOR},  {"|", XPATH_TOKEN_OPERATOR},  {"+", XPATH_TOKEN_OPERATOR},
        {"-", XPATH_TOKEN_OPERATOR},  {"=", XPATH_TOKEN_OPERATOR},  {"<", XPATH_TOKEN_OPERATOR},
        {">", XPATH_TOKEN_OPERATOR},  {"(", XPATH_TOKEN_MARK},      {")", XPATH_TOKEN_MARK},
        {"[", XPATH_TOKEN_MARK},      {"]", XPATH_TOKEN_MARK},      {".", XPATH_TOKEN_MARK},
        {"@", XPATH_TOKEN_MARK},      {",", XPATH_TOKEN_MARK},      {"$", XPATH_TOKEN_MARK},
    };
    for (size_t i = 0; i < COUNT(signs); i++)
        if (text_starts_with(tokens->at, signs[i].text)) {
            set_token(tokens, signs[i].token, strlen(signs[i].text));
            return;
        }
    set_token(tokens, XPATH_TOKEN_WRONG, 1);
}

void xpath_tokens_next(struct xpath_tokens *tokens)
{
    switch (tokens->token) {
    case XPATH_TOKEN_NAME:
    case XPATH_TOKEN_LITERAL:
    case XPATH_TOKEN_NUMBER:
        tokens->after_operand = true;
        break;
    case XPATH_TOKEN_MARK:
        tokens->after_operand = xpath_tokens_are(tokens, ")") || xpath_tokens_are(tokens, "]") ||
                                xpath_tokens_are(tokens, ".") || xpath_tokens_are(tokens, "..");
        break;
    default:
        tokens->after_operand = false;
    }
    while (is_space(*tokens->at))
        tokens->at++;

    char c = *tokens->at;
    if (!c) {
        set_token(tokens, XPATH_TOKEN_END, 0);
    } else if (c == '"' || c == '\'') {
        const char *end = strchr(tokens->at + 1, c);
        set_token(tokens, end ? XPATH_TOKEN_LITERAL : XPATH_TOKEN_WRONG,
                  end ? (size_t)(end - tokens->at) + 1 : 1);
    } else if (is_digit(c) || (c == '.' && is_digit(tokens->at[1]))) {
        read_number(tokens);
    } else if (c == '*') {
        set_token(tokens, tokens->after_operand ? XPATH_TOKEN_OPERATOR : XPATH_TOKEN_NAME, 1);
    } else if (is_name_start(c)) {
        read_name(tokens);
    } else {
        read_sign(tokens);
    }
}

const char *xpath_tokens_ahead(const struct xpath_tokens *tokens)
{
    const char *after = tokens->at;
    while (is_space(*after))
        after++;
    return after;
}
