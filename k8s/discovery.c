#include "k8s/discovery.h"

#include <strings.h>

#include "k8s/tablerow.h"
#include "net/url.h"

#define AGGREGATED "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
#define ACCEPT AGGREGATED "," "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json"
#define MOST 5000 /* kinds: a server that has more is read no further */
#define MOST_CALLS 400
#define PATIENCE (15 * NSEC_PER_SEC)
#define PAUSE NSEC_PER_SEC

/* What one request brought, in its place: core, then the groups in the server's order. */
struct part {
    struct discovery *d;
    struct kube_call *call;
    char *group, *version; /* of the old form: whose resources are asked for */
    struct api_kind *kinds;
    size_t count, cap;
};

struct discovery {
    struct kube_client *client;
    discovery_fn changed;
    void *data;
    struct part **parts; /* being asked */
    size_t part_count, part_cap, open, total;
    struct api_kind *kinds;
    size_t count;
    int64_t asked;
    struct err why, failed; /* of what is known; of what is asked now */
    struct loop_task done;
};

/* What is kept. */

static void kind_release(struct api_kind *kind)
{
    free(kind->group);
    free(kind->version);
    free(kind->plural);
    free(kind->singular);
    free(kind->name);
    free(kind->shorts);
    free(kind->categories);
}

static void kinds_free(struct api_kind *kinds, size_t count)
{
    for (size_t i = 0; i < count; i++)
        kind_release(&kinds[i]);
    free(kinds);
}

static void parts_free(struct discovery *d)
{
    for (size_t i = 0; i < d->part_count; i++) {
        struct part *part = d->parts[i];
        if (part->call)
            kube_cancel(part->call);
        kinds_free(part->kinds, part->count);
        free(part->group);
        free(part->version);
        free(part);
    }
    free(d->parts);
    d->parts = NULL;
    d->part_count = d->part_cap = d->open = 0;
}

static char *words(const cJSON *list)
{
    const cJSON *item;
    struct buf text;
    buf_init(&text, 1024);
    cJSON_ArrayForEach (item, list)
        if (cJSON_IsString(item))
            buf_addf(&text, "%s%s", text.len ? " " : "", item->valuestring);
    return buf_take(&text);
}

static bool has_verb(const cJSON *verbs, const char *verb)
{
    const cJSON *item;
    cJSON_ArrayForEach (item, verbs)
        if (cJSON_IsString(item) && str_eq(item->valuestring, verb))
            return true;
    return false;
}

/* Only what can be listed and read is of use here; subresources are not. */
static void add(struct part *part, const char *group, const char *version, const char *plural, const char *singular,
                const char *name, bool namespaced, const cJSON *resource)
{
    const cJSON *verbs = json_array(resource, "verbs");
    if (!*plural || !*name || !*version || strchr(plural, '/') || !has_verb(verbs, "list") || part->d->total >= MOST)
        return;
    GROW(part->kinds, part->count, part->cap);
    part->d->total++;
    char *lower = xstrdup(*singular ? singular : name);
    for (char *c = lower; *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    part->kinds[part->count++] = (struct api_kind){
        .group = xstrdup(group), .version = xstrdup(version), .plural = xstrdup(plural), .singular = lower, .name = xstrdup(name),
        .shorts = words(json_array(resource, "shortNames")), .categories = words(json_array(resource, "categories")),
        .namespaced = namespaced, .watchable = has_verb(verbs, "watch")};
}

/* The aggregated form: all groups with all versions at once. */
static void read_aggregated(struct part *part, const cJSON *list)
{
    const cJSON *group, *version, *resource;
    cJSON_ArrayForEach (group, json_array(list, "items"))
        cJSON_ArrayForEach (version, json_array(group, "versions"))
            cJSON_ArrayForEach (resource, json_array(version, "resources"))
                add(part, json_str_or(group, "metadata.name", ""), json_str_or(version, "version", ""),
                    json_str_or(resource, "resource", ""), json_str_or(resource, "singularResource", ""),
                    json_str_or(resource, "responseKind.kind", ""),
                    str_eq(json_str(resource, "scope"), "Namespaced"), resource);
}

/* The old one: a list of a version's resources. */
static void read_resources(struct part *part, const cJSON *list)
{
    const cJSON *resource;
    cJSON_ArrayForEach (resource, json_array(list, "resources"))
        add(part, part->group, part->version, json_str_or(resource, "name", ""), json_str_or(resource, "singularName", ""),
            json_str_or(resource, "kind", ""), json_bool(resource, "namespaced", false), resource);
}

/* Asking. */

static void on_answer(void *data, const struct kube_answer *answer);

static void ask(struct discovery *d, const char *path, const char *group, const char *version)
{
    if (d->part_count >= MOST_CALLS)
        return;
    struct part *part = xcalloc(1, sizeof *part);
    part->d = d;
    part->group = xstrdup(str_or_empty(group));
    part->version = xstrdup(str_or_empty(version));
    GROW(d->parts, d->part_count, d->part_cap);
    d->parts[d->part_count++] = part;
    d->open++;
    part->call = kube_start(d->client, &(struct kube_request){.path = path, .accept = ACCEPT, .total_timeout = PATIENCE}, on_answer, part);
}

static void ask_version(struct discovery *d, const char *group, const char *version)
{
    struct buf path;
    buf_init(&path, 1024);
    buf_adds(&path, *group ? "/apis/" : "/api");
    url_escape(&path, group);
    buf_addc(&path, '/');
    url_escape(&path, version);
    ask(d, path.data, group, version);
    buf_release(&path);
}

/* Of each group the preferred version comes first. */
static void ask_groups(struct discovery *d, const cJSON *list)
{
    const cJSON *group, *version;
    cJSON_ArrayForEach (group, json_array(list, "groups")) {
        const char *name = json_str_or(group, "name", ""), *preferred = json_str_or(group, "preferredVersion.version", "");
        if (*preferred)
            ask_version(d, name, preferred);
        cJSON_ArrayForEach (version, json_array(group, "versions"))
            if (!str_eq(json_str(version, "version"), preferred))
                ask_version(d, name, json_str_or(version, "version", ""));
    }
}

static void ask_core(struct discovery *d, const cJSON *list)
{
    const cJSON *version;
    cJSON_ArrayForEach (version, json_array(list, "versions"))
        if (cJSON_IsString(version))
            ask_version(d, "", version->valuestring);
}

static void on_answer(void *data, const struct kube_answer *answer)
{
    struct part *part = data;
    struct discovery *d = part->d;
    const char *kind = json_str_or(answer->json, "kind", "");
    part->call = NULL;
    d->open--;
    if (err_is_set(&answer->err))
        d->failed = answer->err;
    else if (str_eq(kind, "APIGroupDiscoveryList"))
        read_aggregated(part, answer->json);
    else if (str_eq(kind, "APIVersions"))
        ask_core(d, answer->json);
    else if (str_eq(kind, "APIGroupList"))
        ask_groups(d, answer->json);
    else if (str_eq(kind, "APIResourceList"))
        read_resources(part, answer->json);
    else
        err_set(&d->failed, "what answers does not say which kinds it has");
    if (!d->open)
        loop_task_start(&d->done);
}

/* A kind of the same group that a better version has already is not there a second time. */
static bool better(const struct discovery *d, const struct api_kind *kind)
{
    for (size_t i = d->count; i-- > 0;) {
        if (!str_eq(d->kinds[i].group, kind->group)) {
            if (*kind->group) /* the versions of a group stand together */
                return false;
            continue;
        }
        if (str_eq(d->kinds[i].plural, kind->plural))
            return true;
    }
    return false;
}

static bool is_core(const struct part *part)
{
    return part->count && !*part->kinds[0].group;
}

static void on_done(void *data)
{
    struct discovery *d = data;
    d->why = d->failed;
    if (d->total) { /* what could not be read at all stays as it was */
        kinds_free(d->kinds, d->count);
        d->kinds = xcalloc(d->total, sizeof *d->kinds);
        d->count = 0;
        for (int core = 1; core >= 0; core--)
            for (size_t p = 0; p < d->part_count; p++) {
                struct part *part = d->parts[p];
                if (is_core(part) != core)
                    continue;
                for (size_t i = 0; i < part->count; i++) {
                    if (better(d, &part->kinds[i]))
                        kind_release(&part->kinds[i]);
                    else
                        d->kinds[d->count++] = part->kinds[i];
                }
                part->count = 0;
            }
    }
    parts_free(d);
    if (d->changed)
        d->changed(d->data, d); /* may free it */
}

static void begin(struct discovery *d)
{
    parts_free(d);
    err_clear(&d->failed);
    d->total = 0;
    d->asked = loop_now(kube_client_loop(d->client));
    ask(d, "/api", NULL, NULL);
    ask(d, "/apis", NULL, NULL);
}

struct discovery *discovery_new(struct kube_client *client, discovery_fn changed, void *data)
{
    struct discovery *d = xcalloc(1, sizeof *d);
    *d = (struct discovery){.client = client, .changed = changed, .data = data};
    loop_task_init(&d->done, kube_client_loop(client), on_done, d);
    begin(d);
    return d;
}

void discovery_free(struct discovery *d)
{
    if (!d)
        return;
    loop_task_stop(&d->done);
    parts_free(d);
    kinds_free(d->kinds, d->count);
    free(d);
}

bool discovery_asking(const struct discovery *d)
{
    return d->part_count;
}

const char *discovery_why(const struct discovery *d)
{
    return d->why.text;
}

bool discovery_again(struct discovery *d)
{
    if (d->part_count)
        return true;
    if (loop_now(kube_client_loop(d->client)) - d->asked < PAUSE)
        return false;
    begin(d);
    return true;
}

/* Finding. */

size_t discovery_count(const struct discovery *d)
{
    return d->count;
}

const struct api_kind *discovery_at(const struct discovery *d, size_t index)
{
    return index < d->count ? &d->kinds[index] : NULL;
}

static bool among(const char *list, const char *word)
{
    size_t len = strlen(word);
    for (const char *at = list; *at; at += strspn(at, " ")) {
        size_t n = strcspn(at, " ");
        if (n == len && strncasecmp(at, word, n) == 0)
            return true;
        at += n;
    }
    return false;
}

/* "deployments.apps", "deployments.v1.apps". */
static bool is_qualified(const struct api_kind *kind, const char *word)
{
    size_t n = strcspn(word, ".");
    char *plural = xstrndup(word, n);
    bool named = word[n] && (strcasecmp(plural, kind->plural) == 0 || strcasecmp(plural, kind->singular) == 0 ||
                             strcasecmp(plural, kind->name) == 0);
    free(plural);
    if (!named)
        return false;
    const char *rest = word + n + 1;
    size_t v = strlen(kind->version);
    return strcasecmp(rest, kind->group) == 0 ||
           (strncasecmp(rest, kind->version, v) == 0 && rest[v] == '.' && strcasecmp(rest + v + 1, kind->group) == 0);
}

static bool is_meant(const struct api_kind *kind, const char *word, int how)
{
    switch (how) {
    case 0:
        return strcasecmp(kind->plural, word) == 0 || strcasecmp(kind->singular, word) == 0 || is_qualified(kind, word);
    case 1:
        return among(kind->shorts, word);
    default:
        return strcasecmp(kind->name, word) == 0;
    }
}

/* A kind's own name goes before what another one is called for short. */
const struct api_kind *discovery_find(const struct discovery *d, const char *word, const struct api_kind **other)
{
    const struct api_kind *found = NULL;
    if (other)
        *other = NULL;
    for (int how = 0; how < 3 && !found && *word; how++)
        for (size_t i = 0; i < d->count; i++) {
            if (!is_meant(&d->kinds[i], word, how))
                continue;
            if (!found)
                found = &d->kinds[i];
            else if (other && !*other)
                *other = &d->kinds[i];
        }
    return found;
}

const struct kind *api_kind_rows(const struct api_kind *kind)
{
    return tablerow_kind(kind->group, kind->version, kind->plural, kind->name, kind->namespaced);
}
