/* yaml_piece: a part of a text that is YAML by itself. Between yaml.c and yaml_reread.c. */
#ifndef BASE_YAML_PIECE_H
#define BASE_YAML_PIECE_H

#include "base/yaml.h"

struct yaml_piece {
    const char *text;
    size_t len, at; /* at: bytes of the whole text before it */
    int line;       /* of the whole text in which it begins */
    struct yaml_node *root; /* NULL: there is no value in it */
    int breaks;     /* of lines in it */
};

/* Its nodes are put into doc's memory, as if they stood so deep in it. false: it is no YAML, or more than one document. */
bool yaml_read_piece(struct yaml_doc *doc, struct yaml_piece *piece, int depth);

#endif
