#include "ui/config.h"

#include <fnmatch.h>

#include "base/file.h"
#include "base/text.h"
#include "base/yaml.h"
#include "ui/keys.h"

void config_fault(struct config *config, int line, int column, const char *fmt, ...)
{
    char text[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    faults_add(&config->faults, config->path, line, column, false, NULL, "%s", text);
}

#define FAULT(config, node, ...) config_fault(config, (node)->line, (node)->column, __VA_ARGS__)
#define FAULT_KEY(config, node, ...) config_fault(config, (node)->key_line, (node)->key_column, __VA_ARGS__)

/* Of names: "there is no theme 'drk'; did you mean 'dark'?", or all of them. */
static void fault_name(struct config *config, const struct yaml_node *node, const char *what, const char *is,
                       const char *const *names)
{
    const char *near = text_nearest(is, names);
    struct buf all;
    buf_init(&all, 2048);
    for (size_t i = 0; names[i]; i++)
        buf_addf(&all, "%s%s", i ? ", " : "", names[i]);
    if (near)
        FAULT(config, node, "there is no %s '%s'; did you mean '%s'?", what, is, near);
    else
        FAULT(config, node, "there is no %s '%s'; there are: %s", what, is, all.data);
    buf_release(&all);
}

/* The next text of a scalar or of a list of them; *at NULL first. NULL at the end, or where it is none (told). */
static const struct yaml_node *next_text(struct config *config, const struct yaml_node *node, const struct yaml_node **at)
{
    bool list = node->type == YAML_SEQ;
    const struct yaml_node *next = !list ? (*at ? NULL : node) : *at ? (*at)->next : node->child;
    *at = next;
    if (!next || next->type == YAML_SCALAR)
        return next;
    FAULT(config, next, "a text, or a list of texts, belongs here");
    return NULL;
}

static void read_theme(struct config *config, const struct yaml_node *node)
{
    const char *names[32];
    size_t count = 0;
    for (; themes[count] && count < ARRAY_SIZE(names) - 1; count++)
        names[count] = themes[count]->name;
    names[count] = NULL;
    if (node->type == YAML_SCALAR)
        config->theme = theme_find(node->value);
    if (!config->theme)
        fault_name(config, node, "theme", node->type == YAML_SCALAR ? node->value : "", names);
}

static void read_mouse(struct config *config, const struct yaml_node *node)
{
    bool on;
    if (yaml_bool(node, &on))
        config->mouse = on ? MOUSE_ON : MOUSE_OFF;
    else
        FAULT(config, node, "mouse is true or false");
}

static void read_protected(struct config *config, const struct yaml_node *node)
{
    for (const struct yaml_node *at = NULL, *item; (item = next_text(config, node, &at));) {
        config->protected_contexts =
            xreallocarray(config->protected_contexts, config->protected_count + 1, sizeof *config->protected_contexts);
        config->protected_contexts[config->protected_count++] = xstrdup(item->value);
    }
}

static const struct view *view_named(struct config *config, const struct yaml_node *node, bool with_columns)
{
    const char *names[32];
    size_t count = 0;
    for (size_t i = 0; view_table[i] && count < ARRAY_SIZE(names) - 1; i++)
        if (!with_columns || view_table[i]->list) {
            names[count++] = view_table[i]->name;
            if (str_eq(view_table[i]->name, node->key))
                return view_table[i];
        }
    names[count] = NULL;
    fault_name(config, &(struct yaml_node){.line = node->key_line, .column = node->key_column},
               with_columns ? "view with columns" : "view", node->key, names);
    return NULL;
}

static void read_columns_of(struct config *config, const struct yaml_node *node)
{
    const struct view *view = view_named(config, node, true);
    struct list_layout layout = {.count = 0};
    const char *names[LIST_COLUMNS + 1];
    size_t count = 0;
    if (!view)
        return;
    for (size_t c = 0; c < view->list->column_count; c++)
        names[count++] = view->list->columns[c].title;
    names[count] = NULL;
    for (const struct yaml_node *at = NULL, *item; (item = next_text(config, node, &at));) {
        size_t c = 0;
        while (c < count && strcasecmp(names[c], item->value) != 0)
            c++;
        if (c == count) {
            char what[64];
            snprintf(what, sizeof what, "column in %s", view->name);
            fault_name(config, item, what, item->value, names);
        } else if (layout.count < LIST_COLUMNS) {
            layout.columns[layout.count++] = c;
        }
    }
    GROW(config->columns, config->columns_count, config->columns_cap);
    config->columns[config->columns_count++] = (struct config_columns){view, layout};
}

static void read_columns(struct config *config, const struct yaml_node *node)
{
    for (const struct yaml_node *child = node->child; child; child = child->next)
        read_columns_of(config, child);
}

static void read_do(struct config *config, const struct yaml_node *node, struct notice_wish *wish)
{
    static const char *const ways[] = {"bell", "osc9", NULL};
    for (const struct yaml_node *at = NULL, *item; (item = next_text(config, node, &at));) {
        wish->bell |= str_eq(item->value, "bell");
        wish->desktop |= str_eq(item->value, "osc9");
        if (!str_eq(item->value, "bell") && !str_eq(item->value, "osc9"))
            fault_name(config, item, "way to tell", item->value, ways);
    }
}

static void read_notice(struct config *config, const struct yaml_node *node)
{
    struct notice_wish wish = {.state = NULL};
    static const char *const names[] = {"pod", "node", "deployment", "wire", "cluster", "do", NULL};
    for (const struct yaml_node *child = node->child; child; child = child->next) {
        if (str_eq(child->key, "do")) {
            read_do(config, child, &wish);
            continue;
        }
        size_t k = 0;
        while (k < NOTICE_KINDS && !str_eq(notice_kinds[k].name, child->key))
            k++;
        if (k == NOTICE_KINDS) {
            fault_name(config, &(struct yaml_node){.line = child->key_line, .column = child->key_column}, "key of a notice",
                       str_or_empty(child->key), names);
        } else if (child->type != YAML_SCALAR || wish.state) {
            FAULT(config, child, "a notice is of one state: {%s: STATE, do: bell}", notice_kinds[k].name);
        } else {
            wish.of = (enum notice_of)k;
            wish.state = xstrdup(child->value);
        }
    }
    if (wish.state && notice_kinds[wish.of].states && !text_has_word(notice_kinds[wish.of].states, wish.state))
        FAULT(config, node, "%s has no state '%s'; there are: %s", notice_kinds[wish.of].name, wish.state,
              notice_kinds[wish.of].states);
    else if (wish.state) {
        wish.bell |= !wish.desktop;
        GROW(config->notices, config->notice_count, config->notice_cap);
        config->notices[config->notice_count++] = wish;
        return;
    } else
        FAULT(config, node, "a notice names what it is of: {pod: CrashLoopBackOff, do: bell}");
    free(wish.state);
}

static void read_notices(struct config *config, const struct yaml_node *node)
{
    for (const struct yaml_node *item = node->child; item; item = item->next)
        read_notice(config, item);
}

static const struct section {
    const char *name;
    enum yaml_type type;
    bool any; /* also a scalar, of what is a list */
    void (*read)(struct config *config, const struct yaml_node *node);
} sections[] = {
    {"theme", YAML_SCALAR, false, read_theme},   {"mouse", YAML_SCALAR, false, read_mouse},
    {"protected", YAML_SEQ, true, read_protected}, {"keys", YAML_MAP, false, config_read_keys},
    {"columns", YAML_MAP, false, read_columns},  {"notices", YAML_SEQ, false, read_notices},
};

static void read_section(struct config *config, const struct yaml_node *node)
{
    static const char *const types[] = {[YAML_SCALAR] = "a word", [YAML_MAP] = "a map", [YAML_SEQ] = "a list"};
    const char *names[ARRAY_SIZE(sections) + 1] = {NULL};
    for (size_t i = 0; i < ARRAY_SIZE(sections); i++) {
        names[i] = sections[i].name;
        if (!str_eq(sections[i].name, node->key))
            continue;
        if (yaml_is_null(node)) /* "keys:" with all that stood below it commented out */
            return;
        if (node->type == sections[i].type || (sections[i].any && node->type == YAML_SCALAR))
            sections[i].read(config, node);
        else
            FAULT(config, node, "%s is %s", node->key, types[sections[i].type]);
        return;
    }
    fault_name(config, &(struct yaml_node){.line = node->key_line, .column = node->key_column}, "setting",
               str_or_empty(node->key), names);
}

struct config *config_read(const char *path, const char *text, size_t len)
{
    struct config *config = xcalloc(1, sizeof *config);
    struct yaml_fault fault = {0};
    config->path = xstrdup_or_null(path);
    binding_reset();
    struct yaml_doc *doc = yaml_parse(text, len, &fault);
    if (!doc && fault.line)
        config_fault(config, fault.line, fault.column, "%s", fault.why.text);
    else if (doc && doc->root && doc->root->type != YAML_MAP && !yaml_is_null(doc->root))
        config_fault(config, 1, 1, "the configuration is a map: theme, mouse, protected, keys, columns, notices");
    else if (doc && doc->root)
        for (const struct yaml_node *node = doc->root->child; node; node = node->next)
            read_section(config, node);
    yaml_doc_free(doc);
    faults_sort(&config->faults);
    return config;
}

char *config_path(void)
{
    return file_xdg("XDG_CONFIG_HOME", ".config", "config.yaml");
}

struct config *config_load(const char *path)
{
    struct buf text;
    struct err err = ERR_INIT;
    buf_init(&text, CONFIG_MAX_BYTES);
    bool there = str_eq(path, "-") || file_exists(path);
    int rc = there ? file_read(path, &text, &err) : 0;
    struct config *config = config_read(path, text.data, rc < 0 ? 0 : text.len);
    if (rc < 0)
        config_fault(config, 0, 0, "%s", err.text);
    buf_release(&text);
    return config;
}

void config_free(struct config *config)
{
    if (!config)
        return;
    for (size_t i = 0; i < config->protected_count; i++)
        free(config->protected_contexts[i]);
    for (size_t i = 0; i < config->notice_count; i++)
        free(config->notices[i].state);
    free(config->protected_contexts);
    free(config->notices);
    free(config->columns);
    free(config->path);
    faults_release(&config->faults);
    free(config);
}

bool config_protects(const struct config *config, const char *context)
{
    for (size_t i = 0; config && context && i < config->protected_count; i++)
        if (fnmatch(config->protected_contexts[i], context, 0) == 0)
            return true;
    return false;
}

const struct list_layout *config_layout(const struct config *config, const struct view *view)
{
    for (size_t i = 0; i < config->columns_count; i++)
        if (config->columns[i].view == view)
            return &config->columns[i].layout;
    return NULL;
}
