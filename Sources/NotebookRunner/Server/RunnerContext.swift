import Hummingbird
import NIOCore

/// What a request carries with it: its connection, who its session belongs to, and the fault that its route has to bring about.
struct RunnerContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel
    var caller = Caller.anonymous
    var fault: Faults.Kind?

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }

    /// What goes wrong with the run that the request asks for.
    var mishap: Mishap? {
        switch fault {
        case .stuckPending: .pendsForEver
        case .stuckRunning: .runsForEver
        case .interpreterDies: .interpreterDies
        case .resultsMissing: .losesResults
        default: nil
        }
    }
}
