/* check: what is wrong with a graph as a whole. */
#include "base/text.h"
#include "graph/graph_read.h"
#include "base/secret.h"

static const char *thing_name(const struct graph *graph, size_t index)
{
    return index == SIZE_MAX ? NULL : graph->things[index].name;
}

static void link_fault(const struct graph *graph, const struct graph_link *link, const char *key, const char *file,
                       struct faults *faults, const char *why)
{
    const struct yaml_node *at = yaml_get(link->node, key);
    if (!at)
        at = link->node;
    faults_add(faults, file, at->line, at->column, false, thing_name(graph, link->to), "%s", why);
}

struct ends { /* where links lead */
    size_t *first;   /* by thing: where its entry's inputs begin in `used` */
    unsigned *used;  /* by input: links that lead there */
    bool *meant;     /* by input: one does, or would without its fault */
    uint32_t *slots; /* of links, by both their ends: index + 1 */
    size_t mask;
};

static void ends_init(struct ends *ends, const struct graph *graph)
{
    size_t inputs = 0, slots = 16;
    while (slots < 2 * graph->link_count)
        slots *= 2;
    ends->first = xcalloc(graph->thing_count + 1, sizeof *ends->first);
    for (size_t i = 0; i < graph->thing_count; i++) {
        ends->first[i] = inputs;
        inputs += graph->things[i].entry ? graph->things[i].entry->input_count : 0;
    }
    ends->used = xcalloc(inputs + 1, sizeof *ends->used);
    ends->meant = xcalloc(inputs + 1, sizeof *ends->meant);
    ends->slots = xcalloc(slots, sizeof *ends->slots);
    ends->mask = slots - 1;
}

static void ends_release(struct ends *ends)
{
    free(ends->first);
    free(ends->used);
    free(ends->meant);
    free(ends->slots);
}

/* SIZE_MAX: its entry has no such input, or there is no entry. */
static size_t input_of(const struct ends *ends, const struct graph *graph, size_t thing, const char *port)
{
    const struct media_thing *entry = thing == SIZE_MAX ? NULL : graph->things[thing].entry;
    const struct port_type *in = entry ? media_thing_input(entry, port) : NULL;
    return in ? ends->first[thing] + (size_t)(in - entry->inputs) : SIZE_MAX;
}

static bool same_link(const struct graph_link *a, const struct graph_link *b)
{
    return a->from == b->from && a->to == b->to && strcmp(a->from_port, b->from_port) == 0 &&
           strcmp(a->to_port, b->to_port) == 0;
}

/* The first link that says the same, or NULL. */
static const struct graph_link *find_same(struct ends *ends, const struct graph *graph, size_t index)
{
    const struct graph_link *link = &graph->links[index];
    uint32_t hash = ((uint32_t)link->from * 2654435761u ^ (uint32_t)link->to) * 2246822519u;
    hash ^= hash_bytes(link->from_port, strlen(link->from_port)) ^ 31 * hash_bytes(link->to_port, strlen(link->to_port));
    size_t i = (hash ^ hash >> 15) & ends->mask;
    for (; ends->slots[i]; i = (i + 1) & ends->mask)
        if (same_link(&graph->links[ends->slots[i] - 1], link))
            return &graph->links[ends->slots[i] - 1];
    ends->slots[i] = (uint32_t)index + 1;
    return NULL;
}

static void check_links(struct graph *graph, const char *file, struct faults *faults, struct ends *ends)
{
    for (size_t i = 0; i < graph->link_count; i++) {
        struct graph_link *link = &graph->links[i];
        struct err err = ERR_INIT;
        size_t input = input_of(ends, graph, link->to, link->to_port);
        if (input != SIZE_MAX)
            ends->meant[input] = true;
        if (link->from == SIZE_MAX || link->to == SIZE_MAX || !*link->from_port || !*link->to_port)
            continue; /* told while it was read */
        const struct graph_thing *from = &graph->things[link->from], *to = &graph->things[link->to];
        bool known = (from->entry || from->external) && (to->entry || to->external);
        if (known && graph_ports_fit(graph, link->from, link->from_port, link->to, link->to_port, &err) < 0) {
            bool at_from = from->external || media_thing_output(from->entry, link->from_port);
            link_fault(graph, link, at_from ? "to" : "from", file, faults, err.text);
        }
        link->valid = known && !err_is_set(&err);
        const struct graph_link *first = find_same(ends, graph, i);
        if (first) {
            char *why = xasprintf("this link is here twice (first in line %d)", first->node->line);
            link_fault(graph, link, "from", file, faults, why);
            free(why);
            link->valid = false;
        }
        if (input == SIZE_MAX)
            continue;
        const struct port_type *in = &to->entry->inputs[input - ends->first[link->to]];
        unsigned used = ++ends->used[input];
        if (!first && used > (unsigned)in->max) {
            char *end = xasprintf("%s.%s", to->name, link->to_port);
            char *why = xasprintf("'%s' takes %d link%s at most, this is number %u", SHOWN(end), in->max,
                                  in->max == 1 ? "" : "s", used);
            link_fault(graph, link, "to", file, faults, why);
            free(why);
            free(end);
            link->valid = false;
        }
    }
}

/* Of things with one name the first has all links; what the others need shows when they have names of their own. */
static void check_required(const struct graph *graph, const char *file, struct faults *faults, const struct ends *ends)
{
    for (size_t i = 0; i < graph->thing_count; i++) {
        const struct graph_thing *t = &graph->things[i];
        for (size_t p = 0; t->entry && p < t->entry->input_count; p++) {
            const struct port_type *in = &t->entry->inputs[p];
            if (!in->required || ends->meant[ends->first[i] + p])
                continue;
            if (graph_find(graph, t->name) != t)
                continue;
            char *end = xasprintf("%s.%s", t->name, in->name);
            faults_add(faults, file, t->node->line, t->node->column, false, t->name,
                       "the input '%s' needs a link (it takes %s)", SHOWN(end), SHOWN(in->media));
            free(end);
        }
    }
}

struct walk {
    struct graph *graph;
    size_t *first, *links; /* links of thing i: links[first[i]] … links[first[i + 1] - 1] */
    size_t *stack, *next;  /* the path, and where each of its things stands in its links */
    char *state;           /* 0 not seen, 1 on the path, 2 done */
};

static void cycle_warning(const struct walk *w, size_t depth, const struct graph_link *back, const char *file,
                          struct faults *faults)
{
    struct buf path;
    buf_init(&path, 400);
    size_t at = depth;
    while (w->stack[at] != back->to)
        at--;
    for (; at <= depth; at++)
        buf_addf(&path, "%s -> ", SHOWN(w->graph->things[w->stack[at]].name));
    buf_adds(&path, SHOWN(w->graph->things[back->to].name));
    faults_add(faults, file, back->node->line, back->node->column, true, w->graph->things[back->to].name,
               "this link closes a circle: %s%s", path.data, path.over ? " ..." : "");
    buf_release(&path);
}

static void walk_from(struct walk *w, size_t root, const char *file, struct faults *faults)
{
    size_t depth = 0;
    w->stack[0] = root;
    w->next[0] = w->first[root];
    w->state[root] = 1;
    for (;;) {
        size_t thing = w->stack[depth];
        if (w->next[depth] == w->first[thing + 1]) {
            w->state[thing] = 2;
            if (depth-- == 0)
                return;
            continue;
        }
        const struct graph_link *link = &w->graph->links[w->links[w->next[depth]++]];
        if (w->state[link->to] == 1) {
            cycle_warning(w, depth, link, file, faults);
        } else if (w->state[link->to] == 0) {
            depth++;
            w->stack[depth] = link->to;
            w->next[depth] = w->first[link->to];
            w->state[link->to] = 1;
        }
    }
}

static void check_cycles(struct graph *graph, const char *file, struct faults *faults)
{
    size_t n = graph->thing_count;
    struct walk w = {.graph = graph,
                     .first = xcalloc(n + 2, sizeof(size_t)),
                     .links = xcalloc(graph->link_count, sizeof(size_t)),
                     .stack = xcalloc(n, sizeof(size_t)),
                     .next = xcalloc(n, sizeof(size_t)),
                     .state = xcalloc(n, 1)};
    /* Links grouped by where they come from, by counting. */
    for (size_t i = 0; i < graph->link_count; i++)
        if (graph->links[i].valid)
            w.first[graph->links[i].from + 2]++;
    for (size_t i = 2; i < n + 2; i++)
        w.first[i] += w.first[i - 1];
    for (size_t i = 0; i < graph->link_count; i++)
        if (graph->links[i].valid)
            w.links[w.first[graph->links[i].from + 1]++] = i;
    for (size_t i = 0; i < n; i++)
        if (w.state[i] == 0)
            walk_from(&w, i, file, faults);
    free(w.first);
    free(w.links);
    free(w.stack);
    free(w.next);
    free(w.state);
}

void graph_check(struct graph *graph, const char *file, struct faults *faults)
{
    struct ends ends;
    ends_init(&ends, graph);
    check_links(graph, file, faults, &ends);
    check_required(graph, file, faults, &ends);
    check_cycles(graph, file, faults);
    ends_release(&ends);
}

struct secret_scan {
    const struct reader *r;
    const char *text;
    size_t len, at;   /* scanned up to here */
    int line, column; /* there */
};

/* Whether a line ends with the byte before `at`, as libyaml counts: at Unicode's breaks, too. */
static bool ends_line(const struct secret_scan *s)
{
    static const char *const breaks[] = {"\n", "\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xa9"};
    if (s->text[s->at - 1] == '\r')
        return s->at == s->len || s->text[s->at] != '\n';
    for (size_t i = 0; i < ARRAY_SIZE(breaks); i++) {
        size_t n = strlen(breaks[i]);
        if (s->at >= n && memcmp(s->text + s->at - n, breaks[i], n) == 0)
            return true;
    }
    return false;
}

/* Past one byte. */
static void scan_byte(struct secret_scan *s)
{
    unsigned char c = (unsigned char)s->text[s->at++];
    if (ends_line(s)) {
        s->line++;
        s->column = 1;
    } else if ((c & 0xc0) != 0x80) {
        s->column++;
    }
}

static void password_fault(const struct reader *r, int line, int column, const char *thing, const char *url)
{
    struct reader mine = {r->file, r->faults, thing};
    read_fault(&mine, &(struct yaml_node){.line = line, .column = column},
               "'%s' carries a password, and a graph is kept as plain text: keep it in a Secret, name that under "
               "'secrets', and write $(VARIABLE) where the password stands",
               SHOWN(url));
}

/* The text between values: keys and comments. */
static void scan_gap(struct secret_scan *s, size_t end)
{
    size_t found = s->at < end ? secret_in_url(s->text + s->at, end - s->at) : SIZE_MAX;
    while (s->at < end) {
        if (found-- == 0) {
            char *url = xstrndup(s->text + s->at, MIN(end - s->at, 2000));
            url[strcspn(url, " \t\r\n\"'")] = '\0';
            password_fault(s->r, s->line, s->column, NULL, url);
            free(url);
        }
        scan_byte(s);
    }
}

static void scan_node(struct secret_scan *s, const struct yaml_node *node, const char *thing)
{
    for (const struct yaml_node *n = node->child; n; n = n->next)
        scan_node(s, n, thing);
    if (node->type != YAML_SCALAR)
        return;
    scan_gap(s, node->start);
    size_t found = secret_in_url(node->value, node->value_len);
    if (found != SIZE_MAX)
        password_fault(s->r, node->line, node->column, thing, node->value + found);
    while (s->at < node->end)
        scan_byte(s);
}

/* The thing that a list item of spec.things is. */
static void scan_things(struct secret_scan *s, const struct yaml_node *node, const struct yaml_node *things)
{
    for (const struct yaml_node *n = node->child; n; n = n->next) {
        if (n == things)
            for (const struct yaml_node *t = n->child; t; t = t->next)
                scan_node(s, t, yaml_str(t, "name"));
        else if (things && n == things->parent)
            scan_things(s, n, things);
        else
            scan_node(s, n, NULL);
    }
}

void graph_check_secrets(const struct graph *graph, const char *text, size_t len, const struct reader *r)
{
    if (secret_in_url(text, len) == SIZE_MAX && !memchr(text, '\\', len))
        return;
    struct secret_scan s = {.r = r, .text = text, .len = len, .line = 1, .column = 1};
    for (const struct yaml_doc *doc = graph->doc; doc; doc = doc->next)
        if (doc->root)
            scan_things(&s, doc->root, yaml_get(yaml_get(doc->root, "spec"), "things"));
    scan_gap(&s, len);
}
