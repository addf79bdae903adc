# see Makefile.am
# What acts: controllers, scheduler, node agents, proxy, reaper.
edge_acting_sources = \
	src/edge/agent.h \
	src/edge/agentlogs.c \
	src/edge/agents.c \
	src/edge/container.c \
	src/edge/controllers.c src/edge/controllers.h \
	src/edge/deployments.c \
	src/edge/endpoints.c \
	src/edge/fit.c src/edge/fit.h \
	src/edge/images.c \
	src/edge/netrange.c \
	src/edge/object.c src/edge/object.h \
	src/edge/pod.c \
	src/edge/podenv.c \
	src/edge/podlog.c src/edge/podlog.h \
	src/edge/podstatus.c \
	src/edge/probes.c \
	src/edge/proxy.c \
	src/edge/proxyhead.c src/edge/proxyhead.h \
	src/edge/quantity.c src/edge/quantity.h \
	src/edge/queue.c src/edge/queue.h \
	src/edge/reaper.c src/edge/reaper.h \
	src/edge/relay.c src/edge/relay.h \
	src/edge/replicasets.c \
	src/edge/resolve.c \
	src/edge/rollout.c src/edge/rollout.h \
	src/edge/rollsteps.c \
	src/edge/scheduler.c

noinst_LIBRARIES += libedge.a
libedge_a_SOURCES = \
	src/edge/edge.h src/edge/store.h \
	$(edge_acting_sources)
edge_LIBS = libedge.a
