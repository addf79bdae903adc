/* chooser: a dialog with a list to choose from: what is typed narrows it, letters in their order are enough. Beside it
 * stands what is known of the item under the cursor. */
#ifndef UI_CHOOSER_H
#define UI_CHOOSER_H

#include "ui/dashboard.h"

struct chooser_item {
    char *name;   /* what is matched and handed back */
    char *title;  /* beside the name */
    char *group;  /* items of a group follow one another under its name; NULL: none */
    char *help;   /* lines for the side; NULL: none */
};

/* Taken on Enter; the name lives during the call. */
typedef void (*chosen_fn)(void *data, const char *name);

/* Takes the items and their strings (count may be 0: then `empty` is said). data is freed by free_data when the dialog
 * goes. */
void chooser_open(struct dashboard *dash, const char *title, struct chooser_item *items, size_t count,
                  const char *empty, chosen_fn chosen, void *data, void (*free_data)(void *));

/* How well a pattern fits a text: 0 not at all, higher is better. Letters in their order, case does not matter. */
int fuzzy_match(const char *pattern, const char *text);

#endif
