#include "things/rule.h"

int rule_count(const struct rule *rule, const cJSON *line)
{
    bool any = !*rule->label || str_eq(rule->label, "any");
    int count = 0;
    const cJSON *object;
    cJSON_ArrayForEach (object, json_array(line, "objects")) {
        const char *label = json_str_or(object, "detection.label", json_str_or(object, "roi_type", ""));
        bool sure = json_num(object, "detection.confidence", 1) >= rule->confidence;
        count += sure && (any || str_eq(label, rule->label));
    }
    return count;
}

bool rule_take(struct rule *rule, const cJSON *line, int64_t now)
{
    bool was = rule->on;
    if (rule_count(rule, line) < rule->count)
        return false;
    rule->on = true;
    rule->met = now;
    return !was;
}

int64_t rule_left(const struct rule *rule, int64_t now)
{
    return rule->on ? MAX(rule->met + rule->hold - now, 0) : -1;
}

bool rule_pass(struct rule *rule, int64_t now)
{
    if (rule_left(rule, now) != 0)
        return false;
    rule->on = false;
    return true;
}
