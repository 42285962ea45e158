import HindsightCore

/// The peer of a saga that acts on nothing outside.
struct NoEffects: EffectPerformer {
    func perform(_ intent: EffectIntent) async -> EffectOutcome { .rejected(reason: "\(intent.saga) has no effects") }
    func lookUp(_ intent: EffectIntent) async -> LookUp { .unknown(reason: "\(intent.saga) has no effects") }
}
