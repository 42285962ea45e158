package import BillingRetries
package import HindsightCore

/// The files of trained models, which lie beside the log and are named by it: a log without them predicts nothing.
package struct ModelFiles: Sendable {
    /// What was copied, and what could not be.
    package struct Copy: Sendable, Equatable, Encodable {
        package fileprivate(set) var copied = 0
        package fileprivate(set) var leftOut: [LeftOut] = []

        package init() {}
    }

    /// A model whose file is not what the log says: the copy is no worse than what was copied.
    package struct LeftOut: Sendable, Equatable, Encodable {
        package let model: ModelDigest
        package let problem: String
    }

    private let desk: BillingDesk
    private let shelf: ModelShelf

    package init(log: any EventLog, clock: any WallClock, shelf: ModelShelf) {
        desk = BillingDesk(log: log, clock: clock)
        self.shelf = shelf
    }

    /// Copies the file of every model that was trained by `position`, each verified by its digest before and after.
    ///
    /// - Throws: ``ModelFileError``, ``ModelArtifactError`` where a copy can't be kept; what reading the log throws.
    package func copy(to target: ModelShelf, at position: Position) async throws -> Copy {
        var copy = Copy()
        for model in try await desk.models(at: position).trained.map(\.digest) {
            let artifact: ModelArtifact
            do {
                artifact = try shelf.artifact(model)
            } catch {
                copy.leftOut.append(LeftOut(model: model, problem: error.description))
                continue
            }
            try target.store(artifact)
            _ = try target.artifact(model)
            copy.copied += 1
        }
        return copy
    }

    /// Models with a role whose files are of no use: until they are, rules decide in their place.
    package func findings(at position: Position) async throws -> [Doctor.Finding] {
        let register = try await desk.models(at: position)
        return ModelRole.allCases.compactMap { role in
            guard let model = register.holder(of: role), let problem = problem(with: model) else { return nil }
            let consequence = role == .shadow ? "it is not asked" : "rules decide in its place"
            return Doctor.Finding(
                subject: "\(role.rawValue) \(model)", problem: "\(consequence): \(problem)",
                advice: "put \(shelf.path(of: model)) back from a backup, give another model the role with `hindsight billing promote "
                    + "MODEL --role \(role.rawValue) --reason …`, or go back with `hindsight billing rollback-model --role "
                    + "\(role.rawValue) --reason …`")
        }
    }

    /// Models without a role whose files are of no use: they can't be promoted.
    package func notes(at position: Position) async throws -> [Doctor.Finding] {
        let register = try await desk.models(at: position)
        return register.trained.map(\.digest).filter { register.roles(of: $0).isEmpty }.compactMap { model in
            problem(with: model).map { problem in
                Doctor.Finding(
                    subject: "model \(model)", problem: "it has no role, and could not be given one: \(problem)",
                    advice: "put \(shelf.path(of: model)) back from a backup if it may be wanted again")
            }
        }
    }

    private func problem(with model: ModelDigest) -> String? {
        do {
            _ = try shelf.model(model)
            return nil
        } catch {
            return error.description
        }
    }
}
