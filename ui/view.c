#include "ui/view.h"

#include "base/text.h"

/* In the order of their numbers; a new view is one file and one row here. */
const struct view *const view_table[] = {
    &view_graph,
    &view_deployments,
    &view_nodes,
    &view_pods,
    &view_events,
    &view_detections,
    &view_logs,
    &view_node,
    &view_gpus,
    &view_why,
    &view_kind,
    &view_describe,
    &view_picture,
    &view_text,
    &view_contexts,
    &view_forwards,
    &view_help,
    NULL,
};

const struct view *view_find(const char *word)
{
    for (size_t i = 0; *word && view_table[i]; i++) {
        const struct view *view = view_table[i];
        if (str_eq(view->name, word) || text_has_word(view->words, word) || (view->digit == word[0] && !word[1]))
            return view;
    }
    return NULL;
}
