package import HindsightCore

/// Makes the recorded decisions of sagas again: for auditors, and for whoever writes the next definition.
package struct SagaReview: Sendable {
    package struct Difference: Sendable, Equatable, Encodable {
        package let saga: String
        package let difference: DecisionDifference
    }

    /// Which sagas are meant.
    package struct Selection: Sendable, Equatable {
        package let saga: SagaDescription?
        package let instance: String?

        /// - Parameter text: `name`, or `name:instance`; `nil` means all.
        /// - Throws: ``UnknownSaga``; ``NoSuchSaga`` for a name with a colon and no instance.
        package init(_ text: String?, among sagas: [SagaDescription] = BuiltIn.sagas) throws {
            guard let text else {
                (saga, instance) = (nil, nil)
                return
            }
            let parts = text.utf8.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
                .map { String(decoding: $0, as: UTF8.self) }
            guard let saga = sagas.first(where: { $0.name == parts.first }) else {
                throw UnknownSaga(name: parts.first ?? text, known: sagas.map(\.name))
            }
            (self.saga, instance) = (saga, parts.count > 1 ? parts[1] : nil)
            if instance == "" { throw NoSuchSaga(id: text) }
        }

        package static func == (left: Selection, right: Selection) -> Bool {
            left.saga?.name == right.saga?.name && left.instance == right.instance
        }
    }

    private let log: any EventLog
    private let sagas: [SagaDescription]

    package init(log: any EventLog, sagas: [SagaDescription] = BuiltIn.sagas) {
        self.log = log
        self.sagas = sagas
    }

    /// Each definition decides once more what it has decided.
    ///
    /// - Parameter onDifference: Is told of each decision that comes out otherwise.
    /// - Returns: One report for each definition that is meant.
    /// - Throws: ``NoSuchSaga`` for an instance that has not begun; ``LackingDefinition`` if the log has instances that none of the
    ///   definitions began: nothing can be said of those.
    package func verify(
        _ selection: Selection, onDifference: (Difference) async throws -> Void
    ) async throws -> [SagaReplayReport] {
        let end = try await log.head().position
        var reports: [SagaReplayReport] = []
        for saga in selection.saga.map({ [$0] }) ?? sagas {
            var own: [SagaReplayReport] = []
            for definition in saga.definitions {
                own.append(try await verify(definition, selection.instance, through: end, onDifference))
            }
            let lacking = (own.first?.ofOtherVersions ?? 0) - own.dropFirst().reduce(0) { $0 + $1.instances }
            if lacking > 0 { throw LackingDefinition(saga: saga.name, instances: lacking) }
            reports += own
        }
        if let saga = selection.saga, let instance = selection.instance, reports.allSatisfy({ $0.instances + $0.erased == 0 }) {
            throw NoSuchSaga(id: "\(saga.name):\(instance)")
        }
        return reports
    }

    private func verify<S: Saga>(
        _ definition: S.Type, _ instance: String?, through end: Position, _ onDifference: (Difference) async throws -> Void
    ) async throws -> SagaReplayReport {
        try await SagaReplay(definition, log: log).verify(instance: instance, through: end) { difference in
            try await onDifference(Difference(saga: S.name, difference: difference))
        }
    }

    /// Asks a definition what it would have decided where others did, or what each would have if one policy had been in the place of all
    /// others.
    ///
    /// - Parameters:
    ///   - version: Of the definition that is asked; `nil` asks the newest, or under a policy the one that decided.
    ///   - policy: `name`, in its newest version, or `name@version`.
    /// - Returns: One report for each definition whose decisions were made again.
    /// - Throws: ``UnknownDefinition``; ``NothingToCompare`` where no other definition than this one has decided anything; ``NoPolicies`` for
    ///   a saga that goes by none; ``NoSuchSaga`` for an instance that has not begun; what the saga says of a policy that it does not know.
    package func compare(
        _ saga: SagaDescription, instance: String?, with version: Int?, policy: String? = nil,
        onDifference: (Difference) async throws -> Void
    ) async throws -> [SagaReplayReport] {
        let end = try await log.head().position
        let supposition = try await supposition(of: policy, for: saga)
        let asked = try version.map { version in
            guard let definition = saga.definitions.first(where: { $0.version == version }) else {
                throw UnknownDefinition(saga: saga.name, version: version, known: saga.definitions.map { $0.version })
            }
            return definition
        }
        let newest = asked ?? saga.definitions[0]
        // Under another policy a definition is also compared with itself.
        let deciding = saga.definitions.filter { supposition != nil || $0.version != newest.version }
        let nothing = NothingToCompare(saga: saga.name, version: newest.version)
        if let instance, try await !hasBegun(saga, instance) { throw NoSuchSaga(id: "\(saga.name):\(instance)") }
        guard !deciding.isEmpty else { throw nothing }
        var reports: [SagaReplayReport] = []
        for definition in deciding {
            let other: any Saga.Type = asked ?? (supposition == nil ? newest : definition)
            reports.append(try await compare(definition, instance, with: other, through: end, supposition ?? { _ in }, onDifference))
        }
        if instance != nil, reports.allSatisfy({ $0.instances + $0.erased == 0 }) { throw nothing }
        return reports
    }

    /// Whether the engine has decided anything of the instance.
    private func hasBegun(_ saga: SagaDescription, _ instance: String) async throws -> Bool {
        let stream: StreamName
        do {
            stream = try StreamName("saga-\(saga.name):\(instance)")
        } catch {
            // What can't be a stream's name has none.
            return false
        }
        return try await log.version(of: stream) > 0
    }

    private func supposition(of policy: String?, for saga: SagaDescription) async throws -> (@Sendable (DecisionBatch) -> Void)? {
        guard let policy else { return nil }
        guard let supposing = saga.supposingPolicy else {
            throw NoPolicies(saga: saga.name, known: sagas.filter { $0.supposingPolicy != nil }.map(\.name))
        }
        return try await supposing(policy, log)
    }

    private func compare<S: Saga, Other: Saga>(
        _ definition: S.Type, _ instance: String?, with other: Other.Type, through end: Position,
        _ supposing: @escaping @Sendable (DecisionBatch) -> Void, _ onDifference: (Difference) async throws -> Void
    ) async throws -> SagaReplayReport {
        try await SagaReplay(definition, log: log).compare(with: other, instance: instance, through: end, supposing: supposing) {
            try await onDifference(Difference(saga: S.name, difference: $0))
        }
    }
}

package struct UnknownSaga: Error, Equatable, CustomStringConvertible {
    let name: String
    let known: [String]
    package var description: String { "there is no saga \(name): this program has \(known.sorted().joined(separator: ", "))" }
}

package struct UnknownDefinition: Error, Equatable, CustomStringConvertible {
    let saga: String
    let version: Int
    let known: [Int]
    package var description: String {
        "\(saga) has no definition of version \(version): this program has \(known.sorted().map(String.init).joined(separator: ", "))"
    }
}

package struct NothingToCompare: Error, Equatable, CustomStringConvertible {
    let saga: String
    let version: Int
    package var description: String {
        "no other definition of \(saga) than version \(version) has decided anything here: what that one decides `hindsight sagas verify` tells"
    }
}

package struct NoPolicies: Error, Equatable, CustomStringConvertible {
    let saga: String
    let known: [String]
    package var description: String { "\(saga) goes by no policy: \(known.sorted().joined(separator: ", ")) does" }
}

package struct LackingDefinition: Error, Equatable, CustomStringConvertible {
    let saga: String
    let instances: Int
    package var description: String {
        "\(instances) instances of \(saga) began with a definition that this program does not have: run a program that has it"
    }
}
