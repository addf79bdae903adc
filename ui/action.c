#include "ui/action.h"

#include "ui/model.h"

#define QUESTIONS 6

/* All of them must be allowed. */
static const struct action_row {
    bool cluster; /* in no namespace */
    struct {
        const char *verb, *group, *resource, *subresource;
    } questions[QUESTIONS];
} rows[ACTION_COUNT] = {
    [ACTION_DEPLOY] = {false, {{"patch", "apps", "deployments", NULL}, {"create", "apps", "deployments", NULL},
                               {"patch", "", "services", NULL}, {"create", "", "services", NULL},
                               {"patch", "", "configmaps", NULL}, {"create", "", "configmaps", NULL}}},
    [ACTION_DELETE_GRAPH] = {false, {{"delete", "apps", "deployments", NULL}, {"delete", "", "services", NULL},
                                     {"patch", "", "configmaps", NULL}, {"delete", "", "configmaps", NULL}}},
    [ACTION_ACT] = {false, {{"get", "apps", "deployments", NULL}, {"patch", "apps", "deployments", NULL}}},
    [ACTION_DELETE_POD] = {false, {{"delete", "", "pods", NULL}}},
    [ACTION_EVICT] = {false, {{"create", "", "pods", "eviction"}}},
    [ACTION_DELETE_DEPLOYMENT] = {false, {{"delete", "apps", "deployments", NULL}}},
    [ACTION_LOGS] = {false, {{"get", "", "pods", "log"}}},
    [ACTION_EXEC] = {false, {{"create", "", "pods", "exec"}}},
    [ACTION_FORWARD] = {false, {{"create", "", "pods", "portforward"}}},
    [ACTION_PROXY] = {false, {{"get", "", "pods", "proxy"}}},
    [ACTION_CORDON] = {true, {{"patch", "", "nodes", NULL}}},
    [ACTION_DRAIN] = {true, {{"patch", "", "nodes", NULL}, {"list", "", "pods", NULL}, {"create", "", "pods", "eviction"}}},
};

int action_allowed(const struct model *model, enum action action, const char *ns, struct err *err)
{
    const struct action_row *row = &rows[action];
    if (!model->access || (!ns && !row->cluster))
        return 0;
    for (size_t i = 0; i < QUESTIONS && row->questions[i].verb; i++) {
        struct access_question question = {row->questions[i].verb, row->questions[i].group,
                                           row->questions[i].resource, row->questions[i].subresource,
                                           row->cluster ? NULL : ns};
        const char *why;
        if (!access_allowed(model->access, &question, &why))
            return err_set(err, "%s", why);
    }
    return 0;
}
