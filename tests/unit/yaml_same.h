/* Whether two trees are the same to the last byte, line and column. */
#ifndef TESTS_UNIT_YAML_SAME_H
#define TESTS_UNIT_YAML_SAME_H

#include "base/yaml.h"

bool yaml_same(const struct yaml_node *a, const struct yaml_node *b);

#endif
