#include "graph/images.h"

struct image_rule {
    char *name, *new_name, *new_tag, *digest; /* the last three may be NULL */
};

/* How much of an image is its name: up to a tag or a digest. A colon before a slash is a registry's port. */
static size_t name_length(const char *image)
{
    const char *slash = strrchr(image, '/');
    return (size_t)(slash ? slash - image : 0) + strcspn(slash ? slash : image, ":@");
}

static void apply(const struct image_rule *rule, struct media_thing *thing)
{
    size_t n = name_length(thing->image);
    if (strlen(rule->name) != n || strncmp(thing->image, rule->name, n) != 0)
        return;
    const char *name = rule->new_name ? rule->new_name : rule->name;
    char *image = rule->digest    ? xasprintf("%s@%s", name, rule->digest)
                  : rule->new_tag ? xasprintf("%s:%s", name, rule->new_tag)
                                  : xasprintf("%s%s", name, thing->image + n);
    free(thing->image);
    thing->image = image;
}

void images_apply(const struct catalogue *cat, struct media_thing *thing)
{
    for (size_t i = 0; i < cat->image_count; i++)
        apply(&cat->images[i], thing);
}

static char *read_word(const struct reader *r, const struct yaml_node *node, const char *key, const char *never)
{
    const char *text = read_text(r, node, key, false);
    if (text && (!*text || text[strcspn(text, never)]))
        read_fault(r, yaml_get(node, key), "'%s' is no '%s' of an image", SHOWN(text), key);
    return xstrdup_or_null(text);
}

static void read_rule(const struct reader *r, const struct yaml_node *node, struct image_rule *rule)
{
    static const char *const keys[] = {"name", "newName", "newTag", "digest", NULL};
    static const char *const names[] = {"name", "newName"};
    read_keys(r, node, "an image", keys);
    read_text(r, node, "name", true);
    rule->name = read_word(r, node, "name", " \t\r\n@");
    rule->new_name = read_word(r, node, "newName", " \t\r\n@");
    rule->new_tag = read_word(r, node, "newTag", " \t\r\n/:@");
    rule->digest = read_word(r, node, "digest", " \t\r\n/@");
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        const char *name = i ? rule->new_name : rule->name;
        if (name && name[name_length(name)] == ':')
            read_fault(r, yaml_get(node, names[i]), "'%s' has a tag: '%s' is without, and 'newTag' says the new one",
                       SHOWN(name), names[i]);
    }
    if (rule->new_tag && rule->digest)
        read_fault(r, yaml_get(node, "digest"), "an image has a 'newTag' or a 'digest', not both");
    if (!rule->new_name && !rule->new_tag && !rule->digest)
        read_fault(r, node, "this changes nothing: 'newName', 'newTag' or 'digest' is missing");
}

static void rule_release(struct image_rule *rule)
{
    free(rule->name);
    free(rule->new_name);
    free(rule->new_tag);
    free(rule->digest);
}

void images_read(struct catalogue *cat, const struct yaml_node *root, const struct reader *r)
{
    static const char *const keys[] = {"apiVersion", "kind", "images", NULL};
    const struct yaml_node *list = yaml_get(root, "images");
    read_keys(r, root, "an Images document", keys);
    if (!read_list(r, list, "images"))
        return;
    for (const struct yaml_node *n = list->child; n; n = n->next) {
        size_t errors = r->faults->errors;
        struct image_rule rule = {0};
        if (!read_map(r, n, "an image"))
            continue;
        read_rule(r, n, &rule);
        if (r->faults->errors != errors) {
            rule_release(&rule);
            continue;
        }
        cat->images = xreallocarray(cat->images, cat->image_count + 1, sizeof *cat->images);
        cat->images[cat->image_count++] = rule;
        for (struct map_entry *e = map_first(&cat->things); e; e = map_next(&cat->things, e))
            apply(&rule, e->value);
    }
}

void images_release(struct catalogue *cat)
{
    for (size_t i = 0; i < cat->image_count; i++)
        rule_release(&cat->images[i]);
    free(cat->images);
    cat->images = NULL;
    cat->image_count = 0;
}
