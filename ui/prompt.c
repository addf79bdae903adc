#include "ui/prompt.h"

#include "base/text.h"

void prompt_history_add(struct prompt_history *history, const char *line)
{
    if (!*line || (history->count && str_eq(history->lines[history->count - 1], line)))
        return;
    if (history->count == HISTORY_MAX) {
        free(history->lines[0]);
        memmove(history->lines, history->lines + 1, (HISTORY_MAX - 1) * sizeof *history->lines);
        history->count--;
    }
    history->lines[history->count++] = xstrdup(line);
}

void prompt_history_release(struct prompt_history *history)
{
    for (size_t i = 0; i < history->count; i++)
        free(history->lines[i]);
    history->count = 0;
}

void completions_add(struct completions *completions, const char *word)
{
    completions_add_help(completions, word, NULL);
}

void completions_add_help(struct completions *completions, const char *word, const char *help)
{
    for (size_t i = 0; i < completions->count; i++)
        if (str_eq(completions->words[i], word))
            return;
    size_t cap = completions->cap;
    GROW(completions->words, completions->count, completions->cap);
    if (completions->cap != cap)
        completions->helps = xreallocarray(completions->helps, completions->cap, sizeof *completions->helps);
    completions->helps[completions->count] = xstrdup_or_null(help);
    completions->words[completions->count++] = xstrdup(word);
}

void completions_release(struct completions *completions)
{
    for (size_t i = 0; i < completions->count; i++) {
        free(completions->words[i]);
        free(completions->helps[i]);
    }
    free(completions->words);
    free(completions->helps);
    *completions = (struct completions){0};
}

void prompt_init(struct prompt *prompt, const char *initial, struct prompt_history *history, complete_fn complete, void *data)
{
    *prompt = (struct prompt){.history = history, .complete = complete, .data = data};
    buf_init(&prompt->text, PROMPT_MAX);
    prompt_set(prompt, str_or_empty(initial));
}

void prompt_release(struct prompt *prompt)
{
    buf_release(&prompt->text);
    free(prompt->typed);
    prompt->typed = NULL;
    completions_release(&prompt->choices);
}

void prompt_set(struct prompt *prompt, const char *text)
{
    buf_reset(&prompt->text);
    buf_adds(&prompt->text, text);
    prompt->cursor = prompt->text.len;
}

static size_t before(const struct prompt *prompt, size_t at)
{
    while (at > 0 && ((unsigned char)prompt->text.data[--at] & 0xc0) == 0x80)
        ;
    return at;
}

static size_t after(const struct prompt *prompt, size_t at)
{
    uint32_t cp;
    return at < prompt->text.len ? at + utf8_decode(prompt->text.data + at, prompt->text.len - at, &cp) : at;
}

static bool is_word(char c)
{
    return c != ' ' && c != '/' && c != '=' && c != '.';
}

static size_t word_before(const struct prompt *prompt, size_t at)
{
    while (at > 0 && !is_word(prompt->text.data[at - 1]))
        at--;
    while (at > 0 && is_word(prompt->text.data[at - 1]))
        at--;
    return at;
}

static size_t word_after(const struct prompt *prompt, size_t at)
{
    while (at < prompt->text.len && !is_word(prompt->text.data[at]))
        at++;
    while (at < prompt->text.len && is_word(prompt->text.data[at]))
        at++;
    return at;
}

static void erase(struct prompt *prompt, size_t from, size_t to)
{
    buf_splice(&prompt->text, from, to - from, NULL, 0);
    prompt->cursor = from;
}

static void insert(struct prompt *prompt, const char *text, size_t len)
{
    if (prompt->text.len + len <= prompt->text.max && buf_splice(&prompt->text, prompt->cursor, 0, text, len) == 0)
        prompt->cursor += len;
}

/* A paste is one line here: what would end it becomes a blank. */
static void paste(struct prompt *prompt, const char *text, size_t len)
{
    struct buf clean;
    buf_init(&clean, PROMPT_MAX * 4);
    while (len && (text[len - 1] == '\n' || text[len - 1] == '\r'))
        len--;
    text_sanitise(&clean, text, MIN(len, (size_t)PROMPT_MAX));
    insert(prompt, clean.data, clean.len);
    buf_release(&clean);
}

/* As vim has them: arrows go through the lines that begin as what was typed, ^P and ^N through all; as shells do, ^R through
 * those that have it anywhere. Each once. */
enum wanted { ALL, BEGINS, HAS };

static bool is_wanted(const struct prompt *prompt, size_t back, enum wanted wanted, const char *shown)
{
    const char *line = prompt->history->lines[prompt->history->count - back], *typed = str_or_empty(prompt->typed);
    bool fits = wanted == ALL || (wanted == BEGINS ? str_starts(line, typed) : strstr(line, typed) != NULL);
    return fits && !str_eq(line, shown);
}

static void recall(struct prompt *prompt, int step, enum wanted wanted)
{
    struct prompt_history *history = prompt->history;
    if (prompt->recall == 0) {
        free(prompt->typed);
        prompt->typed = xstrdup(prompt->text.data);
    }
    size_t back = prompt->recall;
    do {
        if ((step > 0 && back == history->count) || (step < 0 && back == 0))
            return;
        back = (size_t)((long)back + step);
    } while (back && !is_wanted(prompt, back, wanted, prompt->text.data));
    prompt->recall = back;
    prompt_set(prompt, back ? history->lines[history->count - back] : prompt->typed);
}

/* Puts the chosen word where the typed one began. */
static void choose(struct prompt *prompt)
{
    const char *word = prompt->choices.words[prompt->choice];
    erase(prompt, prompt->word_start, prompt->cursor);
    insert(prompt, word, strlen(word));
}

static void complete(struct prompt *prompt, int step)
{
    struct completions *choices = &prompt->choices;
    if (choices->count) {
        prompt->choice = (prompt->choice + choices->count + (size_t)step) % choices->count;
        choose(prompt);
        return;
    }
    if (!prompt->complete)
        return;
    size_t start = prompt->cursor;
    while (start > 0 && prompt->text.data[start - 1] != ' ')
        start--;
    size_t len = prompt->cursor - start;
    struct completions all = {0};
    prompt->complete(prompt->data, prompt->text.data, prompt->cursor, &all);
    for (size_t i = 0; i < all.count; i++)
        if (strncmp(all.words[i], prompt->text.data + start, len) == 0)
            completions_add_help(choices, all.words[i], all.helps[i]);
    completions_release(&all);
    if (!choices->count)
        return;
    prompt->word_start = start;
    prompt->choice = step > 0 ? 0 : choices->count - 1;
    choose(prompt);
    if (choices->count == 1)
        completions_release(&prompt->choices);
}

static bool move_key(struct prompt *prompt, const struct key *key)
{
    if (key_is(key, "Left") || key_is(key, "^B"))
        prompt->cursor = before(prompt, prompt->cursor);
    else if (key_is(key, "Right") || key_is(key, "^F"))
        prompt->cursor = after(prompt, prompt->cursor);
    else if (key_is(key, "Home") || key_is(key, "^A"))
        prompt->cursor = 0;
    else if (key_is(key, "End") || key_is(key, "^E"))
        prompt->cursor = prompt->text.len;
    else if (key_is(key, "M-b") || key_is(key, "C-Left"))
        prompt->cursor = word_before(prompt, prompt->cursor);
    else if (key_is(key, "M-f") || key_is(key, "C-Right"))
        prompt->cursor = word_after(prompt, prompt->cursor);
    else
        return false;
    return true;
}

static bool erase_key(struct prompt *prompt, const struct key *key)
{
    size_t at = prompt->cursor;
    if (key_is(key, "Backspace"))
        erase(prompt, before(prompt, at), at);
    else if (key_is(key, "Delete") || key_is(key, "^D"))
        erase(prompt, at, after(prompt, at));
    else if (key_is(key, "^W") || key_is(key, "M-Backspace"))
        erase(prompt, word_before(prompt, at), at);
    else if (key_is(key, "^U"))
        erase(prompt, 0, at);
    else if (key_is(key, "^K"))
        erase(prompt, at, prompt->text.len);
    else
        return false;
    return true;
}

enum prompt_result prompt_key(struct prompt *prompt, const struct key *key)
{
    if (key_is(key, "Tab") || key_is(key, "S-Tab")) {
        if (!prompt->complete)
            return PROMPT_IGNORED;
        complete(prompt, key->mods ? -1 : 1);
        return PROMPT_EDITED;
    }
    completions_release(&prompt->choices);
    if (key_is(key, "Enter")) {
        if (prompt->history)
            prompt_history_add(prompt->history, prompt->text.data);
        return PROMPT_DONE;
    }
    if (key_is(key, "Esc") || key_is(key, "^C") || key_is(key, "^G"))
        return PROMPT_CANCELLED;
    if (prompt->history && (key_is(key, "Up") || key_is(key, "^P")))
        recall(prompt, 1, key_is(key, "Up") ? BEGINS : ALL);
    else if (prompt->history && (key_is(key, "Down") || key_is(key, "^N")))
        recall(prompt, -1, key_is(key, "Down") ? BEGINS : ALL);
    else if (prompt->history && key_is(key, "^R"))
        recall(prompt, 1, HAS);
    else if (key->code == K_PASTE)
        paste(prompt, key->text, key->text_len);
    else if (key_is_text(key)) {
        char text[4];
        insert(prompt, text, utf8_encode(key->code, text));
    } else if (!move_key(prompt, key) && !erase_key(prompt, key))
        return PROMPT_IGNORED;
    return PROMPT_EDITED;
}

void prompt_draw(struct prompt *prompt, struct area area, int x, int y, int w, enum role role)
{
    struct area line = area_sub(area, x, y, w, 1);
    char head[PROMPT_MAX + 1];
    snprintf(head, sizeof head, "%.*s", (int)prompt->cursor, prompt->text.data);
    int cells = text_width(head);
    int shift = cells >= w ? cells - w + 1 : 0;
    draw_fill(line, role, 0, ' ');
    if (prompt->secret) {
        int end = -shift;
        for (size_t at = 0; at < prompt->text.len; at = after(prompt, at))
            draw_char(line, end++, 0, role, 0, 0x2022);
    } else {
        draw_text(line, -shift, 0, role, 0, prompt->text.data);
    }
    draw_cursor(line, cells - shift, 0);
}

#define CHOICES_SHOWN 8

void prompt_draw_choices(const struct prompt *prompt, struct area screen, int x, int y)
{
    const struct completions *choices = &prompt->choices;
    size_t count = MIN(choices->count, (size_t)MIN(CHOICES_SHOWN, MAX(0, y - 1)));
    if (choices->count < 2 || !count)
        return;
    /* The chosen one stands in the middle, as far as there are others on both sides. */
    size_t top = prompt->choice > count / 2 ? prompt->choice - count / 2 : 0;
    top = MIN(top, choices->count - count);
    int words = 0, helps = 0;
    for (size_t i = top; i < top + count; i++) {
        words = MAX(words, text_width(choices->words[i]));
        helps = MAX(helps, choices->helps[i] ? text_width(choices->helps[i]) : 0);
    }
    char left[32] = "";
    if (choices->count > count)
        snprintf(left, sizeof left, "%zu/%zu", prompt->choice + 1, choices->count);
    int w = MIN(MAX(words + (helps ? helps + 2 : 0), text_width(left)) + 2, screen.w);
    char head[PROMPT_MAX + 1];
    snprintf(head, sizeof head, "%.*s", (int)prompt->word_start, prompt->text.data);
    x = MAX(0, MIN(x + text_width(head) - 1, screen.w - w));
    for (size_t i = 0; i < count; i++) {
        struct area row = area_sub(screen, x, y - (int)count + (int)i, w, 1);
        unsigned attr = top + i == prompt->choice ? ATTR_SELECTED : ATTR_BAR;
        draw_fill(row, ROLE_HEADER, attr, ' ');
        draw_field(row, 1, 0, MIN(words, w - 2), ROLE_HEADER, attr, choices->words[top + i]);
        if (choices->helps[top + i])
            draw_field(row, words + 3, 0, w - words - 4, ROLE_DIM, attr, choices->helps[top + i]);
    }
    if (*left && y - (int)count > 1) {
        struct area row = area_sub(screen, x, y - (int)count - 1, w, 1);
        draw_fill(row, ROLE_HEADER, ATTR_BAR, ' ');
        draw_text(row, 1, 0, ROLE_DIM, ATTR_BAR, left);
    }
}
