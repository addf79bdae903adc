#include "ui/view.h"

/* In the order of their numbers; a new view is one file and one row here. */
const struct view *const view_table[] = {
    &view_graph, &view_deployments, &view_nodes, &view_pods, &view_events, &view_detections, &view_logs,
    &view_picture, &view_text,  &view_contexts,    &view_help,  NULL,
};

static bool has_word(const char *words, const char *word)
{
    size_t len = strlen(word);
    for (const char *at = str_or_empty(words); *at;) {
        size_t n = strcspn(at, " ");
        if (n == len && memcmp(at, word, n) == 0)
            return true;
        at += n;
        at += strspn(at, " ");
    }
    return false;
}

const struct view *view_find(const char *word)
{
    for (size_t i = 0; *word && view_table[i]; i++) {
        const struct view *view = view_table[i];
        if (str_eq(view->name, word) || has_word(view->words, word) || (view->digit == word[0] && !word[1]))
            return view;
    }
    return NULL;
}
