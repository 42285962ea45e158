package import HindsightCore

/// The peer of a saga that acts on nothing outside.
package struct NoEffects: EffectPerformer {
    package init() {}

    package func perform(_ intent: EffectIntent) async -> EffectOutcome { .rejected(reason: "\(intent.saga) has no effects") }
    package func lookUp(_ intent: EffectIntent) async -> LookUp { .unknown(reason: "\(intent.saga) has no effects") }
}
