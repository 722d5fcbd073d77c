// SPDX-License-Identifier: Apache-2.0
//
// C++: objects that free themselves, errors as exceptions, an answer that is shown as it comes.
// Run: ./08_cxx URL simulated-model
// Expect: ^[0-9]+ pieces, first token after [0-9.]+ ms$
// Expect: ^load\.workers: 0 is out of range
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>

#include <litebench/litebench.h>

namespace
{

template <auto Function> struct Free {
    template <typename T> void operator()(T *object) const
    {
        Function(object);
    }
};
using Ctx = std::unique_ptr<lb_ctx, Free<lb_ctx_free>>;
using Config = std::unique_ptr<lb_config, Free<lb_config_free>>;
using Client = std::unique_ptr<lb_client, Free<lb_client_free>>;

void check(lb_err err, const Ctx &ctx)
{
    if (err != LB_OK)
        throw std::runtime_error(ctx ? lb_ctx_error(ctx.get()) : lb_err_text(err));
}

// make<Config>(ctx, lb_config_new, ctx.get()): what comes out of T **out, owned.
template <typename Owner, typename Create, typename... Given>
Owner make(const Ctx &ctx, Create create, Given... given)
{
    typename Owner::pointer raw = nullptr;
    check(create(&raw, given...), ctx);
    return Owner(raw);
}

// An exception must not cross the C frames between here and the caller.
lb_err show(void *user, const char *text, size_t len, int64_t) noexcept
{
    ++*static_cast<unsigned *>(user);
    return std::fwrite(text, 1, len, stderr) == len ? LB_OK : LB_E_USER;
}

void talk(const Ctx &ctx, const Config &config)
{
    const std::string text = "Name three birds.";
    const lb_message message = {text.data(), text.size(), LB_ROLE_USER, 0};
    auto client = make<Client>(ctx, lb_client_new, config.get());
    unsigned pieces = 0;
    lb_turn turn;

    check(lb_client_chat(client.get(), &turn, sizeof(turn), &message, 1, show, &pieces), ctx);
    if (*turn.error != '\0')
        throw std::runtime_error(turn.error_text);
    std::printf("%u pieces, first token after %.1f ms\n", pieces, double(turn.ttft_ns) / 1e6);
}

} // namespace

int main(int argc, char **argv)
try {
    auto ctx = make<Ctx>(nullptr, lb_ctx_new, nullptr, 0);
    auto config = make<Config>(ctx, lb_config_new, ctx.get());

    check(lb_config_set(config.get(), "target.url", argc > 1 ? argv[1] : "", nullptr), ctx);
    check(lb_config_set(config.get(), "target.model", argc > 2 ? argv[2] : "", nullptr), ctx);
    talk(ctx, config);
    if (lb_config_set(config.get(), "load.workers", "0", nullptr) == LB_E_INVALID)
        std::printf("%s\n", lb_ctx_error(ctx.get()));
    return 0;
} catch (const std::exception &error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
}
