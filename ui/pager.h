/* pager: lines of text that can be scrolled, searched and followed: logs, YAML, help.
 *
 * Memory is bounded: the oldest lines go first, and how many went is said. */
#ifndef UI_PAGER_H
#define UI_PAGER_H

#include "ui/dashboard.h"

#define PAGER_LINES 20000
#define PAGER_BYTES (8u << 20)

struct pager_line {
    char *text;
    uint32_t len;
    int64_t time; /* ns since 1970, 0: none */
};

struct pager {
    struct pager_line *lines; /* a ring of PAGER_LINES at most */
    size_t first, count, cap;
    size_t bytes, dropped;
    size_t top;      /* first line shown */
    int left;        /* first cell shown, where lines are not wrapped */
    bool follow;     /* stays at the end */
    bool wrap, times, yaml;
    size_t page;     /* lines shown by the last draw */
    char search[128];
    bool no_match;   /* the last search found nothing */
};

enum {
    PAGER_DOWN = 200, PAGER_UP, PAGER_PGDN, PAGER_PGUP, PAGER_TOP, PAGER_BOTTOM, PAGER_LEFT, PAGER_RIGHT, PAGER_NEXT,
    PAGER_PREV, PAGER_WRAP, PAGER_COPY
};
extern const struct binding pager_bindings[];

void pager_init(struct pager *pager);
void pager_release(struct pager *pager);
void pager_clear(struct pager *pager); /* search, wrap and times stay */
/* One line; escape sequences of programs that colour their output are left out. */
void pager_add(struct pager *pager, int64_t time, const char *text, size_t len);
/* A text of many lines. */
void pager_add_text(struct pager *pager, const char *text);
void pager_draw(struct pager *pager, struct area area);
unsigned pager_command(struct pager *pager, struct dashboard *dash, int command);
unsigned pager_mouse(struct pager *pager, const struct key *key);
/* What `/` types into: searches on from where the page is; text NULL ends the search. */
void pager_search(struct pager *pager, const char *text, bool done);
/* "12-34/120 /needle". */
void pager_summary(const struct pager *pager, char *out, size_t size);

#endif
