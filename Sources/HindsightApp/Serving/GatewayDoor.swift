package import HindsightCore
import Synchronization

/// The way to the payment gateway. While it is shut charges wait, and all else of billing goes on: renewals, windows that end, new payment
/// methods.
package final class GatewayDoor: EffectPerformer {
    private enum Standing {
        case shut(because: String)
        case open(any EffectPerformer)
    }

    private let standing = Mutex(Standing.shut(because: "the payment gateway has not been reached yet"))
    private let tries: AsyncStream<Void>
    private let tried: AsyncStream<Void>.Continuation

    package init() { (tries, tried) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

    package func open(to gateway: any EffectPerformer) {
        standing.withLock { $0 = .open(gateway) }
        tried.yield()
    }

    /// - Parameter reason: What stands with the charges that wait: a sentence for whoever is to mend it.
    package func shut(because reason: String) {
        standing.withLock { $0 = .shut(because: reason) }
        tried.yield()
    }

    /// Returns when it is known whether the gateway can be reached, or when the task is cancelled; called once.
    package func waitForFirstTry() async {
        for await _ in tries { return }
    }

    private var gateway: Result<any EffectPerformer, Shut> {
        standing.withLock { standing in
            switch standing {
            case .open(let gateway): .success(gateway)
            case .shut(let reason): .failure(Shut(reason: reason))
            }
        }
    }

    private struct Shut: Error { let reason: String }

    // MARK: - The port

    /// Of a gateway that was never reached nothing is known that could be relied on.
    package func peer(of kind: String) -> Peer {
        switch gateway {
        case .success(let gateway): gateway.peer(of: kind)
        case .failure: Peer(name: "gateway", keys: .ignored)
        }
    }

    package func perform(_ intent: EffectIntent) async -> EffectOutcome {
        switch gateway {
        case .success(let gateway): await gateway.perform(intent)
        case .failure(let shut): .notDone(reason: shut.reason)
        }
    }

    package func lookUp(_ intent: EffectIntent) async -> LookUp {
        switch gateway {
        case .success(let gateway): await gateway.lookUp(intent)
        case .failure(let shut): .unknown(reason: shut.reason)
        }
    }
}
