/* prompt: one line of text being typed: cursor, words, history, completion. Used by `:`, `/`, forms and questions. */
#ifndef UI_PROMPT_H
#define UI_PROMPT_H

#include "ui/canvas.h"
#include "ui/keys.h"

#define PROMPT_MAX 1024
#define HISTORY_MAX 500

struct prompt_history {
    char *lines[HISTORY_MAX];
    size_t count;
};
void prompt_history_add(struct prompt_history *history, const char *line); /* the same as the last one is not added */
void prompt_history_release(struct prompt_history *history);

/* Adds the candidates for the word that ends at `cursor` of `line`: whole words. */
struct completions {
    char **words;
    char **helps; /* beside the words; NULL: none */
    size_t count, cap;
};
typedef void (*complete_fn)(void *data, const char *line, size_t cursor, struct completions *out);
void completions_add(struct completions *completions, const char *word);
void completions_add_help(struct completions *completions, const char *word, const char *help /* may be NULL */);
void completions_release(struct completions *completions); /* empty, to be used again */

struct prompt {
    struct buf text;
    size_t cursor;            /* byte */
    struct prompt_history *history;  /* NULL: none */
    size_t recall;            /* how far back, 0: the line being typed */
    char *typed;              /* that line, while another is recalled */
    complete_fn complete;     /* NULL: none */
    void *data;
    struct completions choices; /* shown while Tab goes through them */
    size_t choice, word_start;
    bool secret;              /* drawn as dots */
};

enum prompt_result {
    PROMPT_IGNORED, /* not a key for a line of text */
    PROMPT_EDITED,  /* text, cursor or choice changed */
    PROMPT_DONE,    /* Enter: take prompt->text.data */
    PROMPT_CANCELLED,
};

void prompt_init(struct prompt *prompt, const char *initial, struct prompt_history *history, complete_fn complete, void *data);
void prompt_release(struct prompt *prompt);
enum prompt_result prompt_key(struct prompt *prompt, const struct key *key);
void prompt_set(struct prompt *prompt, const char *text);
/* The words that Tab goes through, if there are several, above the row y of the screen, on which the prompt's text begins at x. */
void prompt_draw_choices(const struct prompt *prompt, struct area screen, int x, int y);
/* Draws it in w cells from x on, scrolled so that the cursor shows, and puts the terminal's cursor there. */
void prompt_draw(struct prompt *prompt, struct area area, int x, int y, int w, enum role role);

#endif
