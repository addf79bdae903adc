/* keys: what was pressed, and the tables that say what keys do.
 *
 * Every view has one table of bindings; the hint line and the help are read from it. */
#ifndef UI_KEYS_H
#define UI_KEYS_H

#include "base/buf.h"
#include "ui/action.h"

enum {
    K_NONE = 0,
    K_FIRST = 0x110000, /* above every character */
    K_UP, K_DOWN, K_LEFT, K_RIGHT, K_HOME, K_END, K_PGUP, K_PGDN, K_INSERT, K_DELETE,
    K_ENTER, K_TAB, K_ESC, K_BACKSPACE,
    K_F1, K_F2, K_F3, K_F4, K_F5, K_F6, K_F7, K_F8, K_F9, K_F10, K_F11, K_F12,
    K_PASTE,      /* text, text_len: one paste, not sanitised */
    K_CLICK,      /* x, y on the canvas; button */
    K_RELEASE,
    K_DRAG,
    K_WHEEL_UP, K_WHEEL_DOWN,
    K_RESIZE,     /* the terminal has another size */
};

enum { MOD_CTRL = 1, MOD_ALT = 2, MOD_SHIFT = 4 }; /* SHIFT with named keys only: S-Tab, S-Left; letters are as typed */

struct key {
    uint32_t code;      /* a character, or K_* */
    unsigned mods;
    int x, y, button;   /* mouse; button 1 to 3 */
    const char *text;   /* K_PASTE: valid during the call */
    size_t text_len;
};

/* "j", "^F", "PgDn", "S-Tab", "M-x", "Space": 0, or -1 when it names no key. */
int key_parse(const char *name, struct key *out);
/* The name of a key as above. */
void key_text(char *out, size_t size, const struct key *key);
bool key_is(const struct key *key, const char *name);
bool key_equal(const struct key *a, const struct key *b);
static inline bool key_is_mouse(const struct key *key)
{
    return key->code >= K_CLICK && key->code <= K_WHEEL_DOWN;
}

/* A character that can be typed into a text. */
static inline bool key_is_text(const struct key *key)
{
    return key->code >= 0x20 && key->code < K_FIRST && key->code != 0x7f && !(key->mods & (MOD_CTRL | MOD_ALT));
}

struct binding {
    const char *keys;  /* names with blanks between: "j Down"; the first is shown. NULL ends the table */
    int command;       /* the view's own, > 0; 0: told here only, done by the dashboard */
    const char *hint;  /* one or two words for the hint line; NULL: not shown there */
    const char *help;  /* a line for `?`; NULL: not shown there */
    enum action needs; /* what the operator must be allowed to; ACTION_NONE: nothing */
};

/* The binding of a key in a table (may be NULL), or NULL. */
const struct binding *binding_find(const struct binding *table, const struct key *key);
/* The keys that it has now, first the one that is shown: those of the table, unless the operator wants others. "": none. */
const char *binding_keys(const struct binding *binding);
/* As long as the program runs, or until binding_reset. keys is copied. */
void binding_rebind(const struct binding *binding, const char *keys);
void binding_reset(void);
/* By its hint's word ("logs"), or one of its keys in the table ("Y"); NULL: there is none. */
const struct binding *binding_named(const struct binding *table, const char *name);
/* The next of some names with blanks between, from *at on; false at the end. */
bool key_next(const char **at, struct key *out);

#endif
