/* ws_peer: the server's side of a WebSocket over a scripted call, written without the codec that is tested. */
#ifndef WS_PEER_H
#define WS_PEER_H

#include "k8s_script.h"

enum { WS_MORE = 0, WS_TEXT = 1, WS_BINARY = 2, WS_CLOSE = 8, WS_PING = 9, WS_PONG = 10, WS_FIN = 0x80 };

struct ws_frame {
    int opcode; /* with WS_FIN */
    char *bytes;
    size_t len;
};

/* The right answer to the call's handshake (free()); the protocol's line is left out for NULL. */
char *ws_answer(const struct script_call *call, const char *protocol);
void ws_accept(struct script_call *call, const char *protocol);
/* One frame of the server's, all of it in one piece. */
void ws_send(struct script_call *call, int opcode, const char *bytes, size_t len);
/* A binary message: the channel, then the text. */
void ws_channel(struct script_call *call, int channel, const char *text);
void ws_close(struct script_call *call, int code, const char *reason);
/* The next frame that the client sent; fails when there is none or it is not masked. bytes are good until the next. */
struct ws_frame ws_next(struct script_call *call);
/* The client sent nothing (more). */
void ws_nothing(struct script_call *call);
/* The next frame is a binary message of this channel and text. */
void ws_expect(struct script_call *call, int channel, const char *text);

#endif
