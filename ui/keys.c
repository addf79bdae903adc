#include "ui/keys.h"

#include "base/text.h"

static const struct {
    const char *name;
    uint32_t code;
} names[] = {
    {"Up", K_UP},         {"Down", K_DOWN},     {"Left", K_LEFT},     {"Right", K_RIGHT},   {"Home", K_HOME},
    {"End", K_END},       {"PgUp", K_PGUP},     {"PgDn", K_PGDN},     {"Insert", K_INSERT}, {"Delete", K_DELETE},
    {"Enter", K_ENTER},   {"Tab", K_TAB},       {"Esc", K_ESC},       {"Backspace", K_BACKSPACE}, {"Space", ' '},
    {"F1", K_F1},         {"F2", K_F2},         {"F3", K_F3},         {"F4", K_F4},         {"F5", K_F5},
    {"F6", K_F6},         {"F7", K_F7},         {"F8", K_F8},         {"F9", K_F9},         {"F10", K_F10},
    {"F11", K_F11},       {"F12", K_F12},       {"Paste", K_PASTE},   {"Click", K_CLICK},   {"Release", K_RELEASE},
    {"Drag", K_DRAG},     {"WheelUp", K_WHEEL_UP}, {"WheelDown", K_WHEEL_DOWN},
};

int key_parse(const char *name, struct key *out)
{
    *out = (struct key){0};
    for (;; name += 2) {
        if (str_starts(name, "S-") && name[2])
            out->mods |= MOD_SHIFT;
        else if (str_starts(name, "M-") && name[2])
            out->mods |= MOD_ALT;
        else if (str_starts(name, "C-") && name[2])
            out->mods |= MOD_CTRL;
        else
            break;
    }
    if (name[0] == '^' && name[1]) {
        out->mods |= MOD_CTRL;
        name++;
    }
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (str_eq(names[i].name, name)) {
            out->code = names[i].code;
            return 0;
        }
    size_t len = strlen(name);
    if (!len || utf8_decode(name, len, &out->code) != len)
        return -1;
    if ((out->mods & MOD_CTRL) && out->code >= 'A' && out->code <= 'Z')
        out->code += 'a' - 'A';
    return 0;
}

void key_text(char *out, size_t size, const struct key *key)
{
    const char *name = NULL;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (names[i].code == key->code)
            name = names[i].name;
    char text[8] = "";
    if (!name) {
        uint32_t code = key->code;
        if ((key->mods & MOD_CTRL) && code >= 'a' && code <= 'z')
            code -= 'a' - 'A';
        text[code < K_FIRST ? utf8_encode(code, text) : 0] = '\0';
        name = text;
    }
    bool caret = (key->mods & MOD_CTRL) && name == text;
    snprintf(out, size, "%s%s%s%s%s", key->mods & MOD_SHIFT ? "S-" : "", key->mods & MOD_ALT ? "M-" : "",
             (key->mods & MOD_CTRL) && !caret ? "C-" : "", caret ? "^" : "", name);
}

bool key_equal(const struct key *a, const struct key *b)
{
    return a->code == b->code && a->mods == b->mods;
}

bool key_is(const struct key *key, const char *name)
{
    struct key named;
    return key_parse(name, &named) == 0 && key_equal(key, &named);
}

static const char *next_name(const char *at, char *name, size_t size)
{
    at += strspn(at, " ");
    size_t len = strcspn(at, " ");
    snprintf(name, size, "%.*s", (int)MIN(len, size - 1), at);
    return at + len;
}

bool key_next(const char **at, struct key *out)
{
    char name[24];
    while (**at) {
        *at = next_name(*at, name, sizeof name);
        if (*name && key_parse(name, out) == 0)
            return true;
    }
    return false;
}

/* What the operator wants otherwise. One keyboard, one process: the tables of bindings are its only one, too. */
static struct rebound {
    const struct binding *binding;
    char *keys;
} *rebound;
static size_t rebound_count, rebound_cap;

const char *binding_keys(const struct binding *binding)
{
    for (size_t i = 0; i < rebound_count; i++)
        if (rebound[i].binding == binding)
            return rebound[i].keys;
    return binding->keys;
}

void binding_rebind(const struct binding *binding, const char *keys)
{
    size_t i = 0;
    while (i < rebound_count && rebound[i].binding != binding)
        i++;
    if (i == rebound_count) {
        GROW(rebound, rebound_count, rebound_cap);
        rebound[rebound_count++] = (struct rebound){.binding = binding};
    }
    free(rebound[i].keys);
    rebound[i].keys = xstrdup(keys);
}

void binding_reset(void)
{
    for (size_t i = 0; i < rebound_count; i++)
        free(rebound[i].keys);
    free(rebound);
    rebound = NULL;
    rebound_count = rebound_cap = 0;
}

static bool has_key(const char *keys, const struct key *key)
{
    struct key named;
    while (key_next(&keys, &named))
        if (key_equal(key, &named))
            return true;
    return false;
}

const struct binding *binding_find(const struct binding *table, const struct key *key)
{
    for (; table && table->keys; table++)
        if (table->command && has_key(binding_keys(table), key))
            return table;
    return NULL;
}

const struct binding *binding_named(const struct binding *table, const char *name)
{
    struct key key;
    bool is_key = key_parse(name, &key) == 0;
    for (; table && table->keys; table++)
        if (table->command && (str_eq(table->hint, name) || (is_key && has_key(table->keys, &key))))
            return table;
    return NULL;
}
