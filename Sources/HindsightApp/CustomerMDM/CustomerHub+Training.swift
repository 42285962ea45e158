package import CustomerMDM
import HindsightCore
import HindsightRuntime

extension CustomerHub {
    /// Learns the weights of the profile's comparisons from all cards, and records them; they hold for every hub that is opened after.
    ///
    /// - Throws: `WeightTraining.Failure` for too few cards; `EventLogError`.
    package func train() async throws -> WeightsTrained {
        try await catchUp()
        let through = try await candidates.position()
        guard let units = try await candidates.units(ofAtMost: .max) else { preconditionFailure("there is no number beyond") }
        // By the weights of the file, so that training twice comes to the same.
        let plain = try Profile(recorded: profile.text)
        let cards = units.flatMap(\.members).map(\.card).sorted { $0.id < $1.id }
        return try await record(try WeightTraining.train(cards, profile: plain), .cards, through)
    }

    /// Takes over the weights of a model that Splink has saved.
    ///
    /// - Throws: `SplinkModel.Failure`; `EventLogError`.
    package func adopt(_ model: SplinkModel) async throws -> WeightsTrained {
        try await record(model.weights, .splink, try await log.head().position)
    }

    private func record(_ weights: TrainedWeights, _ origin: WeightsTrained.Origin, _ through: Position) async throws -> WeightsTrained {
        let trained = WeightsTrained(profile: profile.digest, origin: origin, weights: weights, through: through)
        try await commands.handle(SettingsDecider.self, .useWeights(trained), on: MDMStream.settings(), metadata: metadata)
        return trained
    }
}
