package import HindsightCore
package import HindsightRuntime

/// A projection as its operator sees it.
package struct ProjectionState: Sendable, Encodable {
    package enum Condition: String, Sendable, Encodable, CaseIterable {
        case current
        case catchingUp = "catching-up"
        case parked, failed, rebuilding
    }
    package let name: String
    /// How far the rows that serve have been folded.
    package let position: Position
    package let head: Position
    package let lag: Int64
    package let status: Condition
    package let version: Int
    /// Of the rows that serve, counted by this node.
    package let generation: Int
    package let error: String?
    /// The streams whose events wait for a fix, oldest first.
    package let parked: [StreamFailure]?
    /// Over the last seconds, of the rebuild while there is one; absent while nothing is read.
    package let eventsPerSecond: Double?
    /// Seconds until it is done, at that rate.
    package let eta: Double?
    /// A rebuild or verification on its way, or how the last one ended.
    package let rebuild: RebuildProgress?
    /// What the last verification found.
    package let verification: VerificationReport?

    /// - Parameter perSecond: Of catching up.
    init(_ status: ProjectionStatus, _ rebuild: RebuildProgress?, perSecond: Double?, _ verification: VerificationReport?) {
        let isBuilding = rebuild?.status == .running
        name = status.name
        position = status.position
        head = status.head
        lag = status.lag
        self.status =
            switch status.status {
            case .failed: .failed
            case .parked: .parked
            case _ where isBuilding: .rebuilding
            case .current: .current
            case .catchingUp: .catchingUp
            }
        version = status.version
        generation = status.generation
        error = status.error
        parked = status.parked.isEmpty ? nil : status.parked
        eventsPerSecond = isBuilding ? rebuild?.eventsPerSecond : perSecond
        let lag = status.lag
        eta = isBuilding ? rebuild?.eta : perSecond.flatMap { $0 > 0 && lag > 0 ? Double(lag) / $0 : nil }
        self.rebuild = rebuild
        self.verification = verification
    }

    package static func all(of runner: ProjectionRunner, perSecond: Double? = nil) async throws -> [ProjectionState] {
        var states: [ProjectionState] = []
        for status in try await runner.status() {
            let rebuild = try await runner.progress(of: status.name)
            states.append(ProjectionState(status, rebuild, perSecond: perSecond, await runner.verification(of: status.name)))
        }
        return states
    }
}
