/* config: what the operator wants otherwise, from $XDG_CONFIG_HOME/patchbay/config.yaml. What of the file is faulty is told by
 * line and column, and the rest of it holds. */
#ifndef UI_CONFIG_H
#define UI_CONFIG_H

#include "graph/fault.h"
#include "ui/list.h"
#include "ui/notices.h"
#include "ui/theme.h"

#define CONFIG_MAX_BYTES (1u << 20)

struct config {
    char *path;                 /* the caller's wish, also where there is no such file yet; NULL: none */
    const struct theme *theme;  /* NULL: not said */
    enum { MOUSE_UNSAID, MOUSE_ON, MOUSE_OFF } mouse;
    char **protected_contexts;  /* names, or patterns as the shell's */
    size_t protected_count;
    struct config_columns {
        const struct view *view;
        struct list_layout layout;
    } *columns;
    size_t columns_count, columns_cap;
    struct notice_wish *notices;
    size_t notice_count, notice_cap;
    struct faults faults;
};

/* The path of the file, where nobody says another; the caller frees. */
char *config_path(void);
/* An empty one where there is no such file. The keys take effect at once (keys.h), those of before are given up. */
struct config *config_load(const char *path);
/* The same of a text, which is to be called `path` in faults. */
struct config *config_read(const char *path, const char *text, size_t len);
void config_free(struct config *config);
bool config_protects(const struct config *config, const char *context);
/* NULL: as they are. */
const struct list_layout *config_layout(const struct config *config, const struct view *view);

/* config_keys.c: the section `keys`. */
struct yaml_node;
void config_read_keys(struct config *config, const struct yaml_node *map);
void config_fault(struct config *config, int line, int column, const char *fmt, ...) PRINTF_LIKE(4, 5);
/* All tables of bindings by the name that the file has for them. i counts from 0; NULL behind the last. `with` is the
 * table that works beside it, or NULL. */
const struct binding *config_bindings(size_t i, const char **name, const struct binding **with);

#endif
