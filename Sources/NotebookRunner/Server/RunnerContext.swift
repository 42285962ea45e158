import Hummingbird
import NIOCore

/// What a request carries with it: its connection, and the user that its session belongs to.
struct RunnerContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel
    var user = "anonymous"

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }
}
