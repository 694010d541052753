"""The kinds of the first eight batches of made texts, in the order of `EMERGENCIES`, then `OUTAGES`.

Named by a person. Later batches keep their texts by kind (`TOLD`).
"""

_KINDS = {
    1: (
        "fire fire explosion explosion fall traffic collapse poisoning flood collapse fire lift flood "
        "collapse gas crime traffic fire fall lift fire traffic poisoning fire collapse traffic other "
        "fire poisoning explosion traffic crowd collapse flood flood fire fire poisoning traffic "
        "collapse fire poisoning collapse explosion collapse lift fire traffic fall fire crime flood gas "
        "collapse gas fire fire traffic fall flood explosion fire fire fire collapse poisoning lift "
        "flood explosion fire collapse crime flood collapse lift traffic traffic explosion collapse gas "
        "poisoning fire collapse fall poisoning fire traffic flood gas collapse explosion explosion fall "
        "fall collapse gas other collapse traffic explosion traffic fire crime fall other poisoning fire "
        "collapse other traffic crime collapse fire flood poisoning traffic other fall fire lift gas "
        "traffic collapse crowd collapse explosion fire fire poisoning fire 停电 停水 停热 停气 停电 停水 "
        "停水 停电 停气 停热 "
    ),
    2: (
        "fire fire fire traffic traffic explosion fire crime fall flood collapse collapse gas collapse "
        "explosion lift poisoning flood crime crowd flood traffic collapse fire collapse poisoning "
        "explosion fire 停电 停热 停水 traffic fire gas collapse traffic collapse traffic poisoning flood fire "
        "fire crime fall explosion collapse explosion fire fire collapse traffic 停水 explosion traffic "
        "fall poisoning fire collapse explosion collapse "
    ),
    3: (
        "crowd fall gas explosion fire fire fall collapse traffic traffic traffic crowd explosion fall "
        "collapse crime traffic fall flood fire fire lift collapse crime flood poisoning gas fire "
        "collapse traffic other poisoning fire fall other collapse fall crime gas fire traffic traffic "
        "crime fire flood 停电 停热 停气 停水 停水 other poisoning traffic other explosion collapse fire poisoning "
        "crowd explosion "
    ),
    4: (
        "fire fall explosion flood fall traffic collapse fire fire fire collapse traffic fall poisoning "
        "poisoning other lift collapse explosion crime traffic crime explosion gas crowd flood fire "
        "flood traffic fire crime collapse gas other gas collapse traffic collapse flood explosion fire "
        "fire fall collapse other lift fire collapse fire fire 停电 停水 停热 停电 停气 停水 停电 停热 flood poisoning "
    ),
    5: (
        "fire fire fire fire explosion explosion collapse traffic collapse collapse fall fall lift "
        "traffic poisoning gas crime flood fire collapse fall lift traffic gas explosion fire fire fire "
        "fire explosion collapse crime collapse collapse collapse fall traffic traffic gas fire crime "
        "poisoning collapse crowd explosion gas poisoning collapse fall crime 停电 停水 停热 停电 停气 停水 collapse "
        "fire fall fire "
    ),
    6: (
        "explosion fire fall crowd flood fire collapse fire traffic crime other fire collapse poisoning "
        "traffic crime gas other fire traffic fall collapse fall crime explosion lift crime flood "
        "traffic crime fire other fire traffic flood poisoning traffic traffic fire explosion collapse "
        "fall fire gas fall fire gas traffic fall traffic 停电 停水 停热 停气 停电 停水 停电 停热 traffic collapse "
    ),
    7: (
        "fire fire traffic flood crime collapse traffic poisoning explosion explosion crime collapse "
        "traffic fire crowd other explosion collapse poisoning poisoning fall fire lift fire flood fire "
        "flood other traffic collapse 停水 停电 停热 停气 停水 停电 fire traffic collapse collapse "
    ),
    8: (
        "fire fall flood poisoning collapse gas crime fire traffic explosion fall collapse fall fire "
        "collapse crime fire flood traffic poisoning other poisoning poisoning explosion flood fire "
        "flood crime collapse crowd traffic fire collapse traffic explosion fall fire crime flood "
        "explosion collapse fall flood traffic gas other explosion lift fire traffic 停水 停电 停热 停水 停气 停电 "
        "停水 停电 停气 停热 "
    ),
}
KINDS = {batch: kinds.split() for batch, kinds in _KINDS.items()}
