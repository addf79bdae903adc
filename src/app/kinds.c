#include "app/kinds.h"

#include "base/text.h"
#include "base/time.h"
#include "k8s/discovery.h"

int app_wait_answer(struct app *app, const bool *over)
{
    int status = app_wait(app, over, app->request_timeout ? time_monotonic() + app->request_timeout : 0);
    if (status == STATUS_FAULT)
        return app_failf(STATUS_UNREACHABLE, "%s did not answer within %s", app->context->server,
                         app->options->values[OPT_TIMEOUT_REQUEST]);
    return status;
}

static void on_learnt(void *data, struct discovery *discovery UNUSED)
{
    *(bool *)data = true;
}

static void find_near(const struct discovery *discovery, const char *word, char near[128])
{
    const char **names = xcalloc(discovery_count(discovery) + 1, sizeof *names);
    for (size_t i = 0; i < discovery_count(discovery); i++)
        names[i] = discovery_at(discovery, i)->plural;
    snprintf(near, 128, "%s", str_or_empty(text_nearest(word, names)));
    free(names);
}

int app_kind(struct app *app, const char *word, const struct kind **kind, char near[128])
{
    bool learnt = false;
    struct discovery *discovery = discovery_new(app->client, on_learnt, &learnt);
    const struct api_kind *found = NULL, *other = NULL;
    int status = app_wait_answer(app, &learnt);
    *kind = NULL;
    if (status == STATUS_DONE && !discovery_count(discovery))
        status = app_failf(STATUS_UNREACHABLE, "which kinds the cluster has is not known: %s",
                           *discovery_why(discovery) ? discovery_why(discovery) : "it names none");
    if (status == STATUS_DONE)
        found = discovery_find(discovery, word, &other);
    if (found && other && !str_eq(found->group, other->group))
        app_note("patchbay: '%s' is %s%s%s; %s.%s is another one", word, found->plural, *found->group ? "." : "", found->group,
                 other->plural, other->group);
    if (found)
        *kind = api_kind_rows(found);
    else if (status == STATUS_DONE && near)
        find_near(discovery, word, near);
    discovery_free(discovery);
    return status;
}
