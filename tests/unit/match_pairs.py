"""Hard pairs of records, labelled: what companies' CRM data really looks like, with invented companies.

A line is NAME | WEBSITE || NAME | WEBSITE, the first record in one CRM and the second in the other; `+x` at its
end says that a native sync has linked them, `+1` that both are in one CRM. In PEOPLE_… a line is
ADDRESS || NAME | WEBSITE. All of them land in one world, under SETTINGS.
"""

from core.match_settings import MatchSettings

SETTINGS = MatchSettings(
    aliases={
        "tannwald.com": ("tannwald.de", "tannwald-group.com"),
        "quorvale.com": ("quorvale.co.uk", "qvl.io"),
    },
    shared_domains=("pizzapronto-franchise.com", "maklerverbund-nord.de"),
)

# Written differently, one website. Each company has its website in the notation of the line that is its turn.
COMPANIES = """
Halvorsen Marine AS | halvorsenmarine.no
Brightmoor Analytics, Inc. | brightmoor.io
Kessler & Töchter GmbH | kessler-toechter.de
Ostrava Steelworks a.s. | ostravasteelworks.cz
Pemberton Loom Ltd | pembertonloom.co.uk
Nakamura Seiki K.K. | nakamura-seiki.co.jp
Valdoro S.p.A. | valdoro.it
Quillfeather Press LLC | quillfeather.com
Sandhill Robotics Pty Ltd | sandhillrobotics.com.au
Lumière du Nord SARL | lumieredunord.fr
Tresco Vines | trescovines.co.za
Mirabeau Assurances SA | mirabeau-assurances.ch
Northgate Pharma | northgatepharma.com
Ironbark Mining Ltd. | ironbarkmining.com.au
Seldwyla Käserei AG | seldwyla.ch
Copperleaf Dairy Co-op | copperleafdairy.coop
Tern Island Ferries | ternisland.is
Zephyrine Aerospace | zephyrine.aero
Bluestem Credit Union | bluestemcu.org
Marrow & Pike LLP | marrowpike.com
Fjellheim Bryggeri | fjellheim.no
Castellan Security Group | castellan-security.com
Dunmore Cycles | dunmorecycles.ie
Ashgrove Veterinary | ashgrovevets.co.uk
Pixelwerk Studio | pixelwerk.studio
Orinoco Textiles | orinocotextiles.com.co
Greywater Engineering | greywater.engineering
Tamarack Foods | tamarackfoods.ca
Velvet Anchor Hotels | velvetanchor.com
Kumquat Software | kumquat.dev
"""

NOTATIONS = """
{d} || https://www.{d}/
http://{d} || https://{d}/de/kontakt?utm_source=crm#top
WWW.{D} || {d}
 {d}  || https://{d}:443
{d}. || www.{d}
https://shop.{d} || https://www.{d}
info@{d} || {d}
https://{d}/index.php || http://www2.{d}
//{d} || mailto:sales@{d}
http://https://www.{d} || {d}/
"""

SAME = """
# umlauts, accents, punycode
Bäckerei Grünwald GmbH | https://bäckerei-grünwald.de || Backerei Grunwald | xn--bckerei-grnwald-0kb13b.de
Müller Präzision | https://müller-präzision.de || Mueller Praezision GmbH | http://www.müller-präzision.de/
Peña Blanca Vinos | https://peñablanca.es || Pena Blanca Vinos S.L. | PEÑABLANCA.es
Ångström Instruments | https://angstrominstruments.se || Angstrom Instruments AB | angstrominstruments.se
Œuvre Céleste | oeuvre-celeste.fr || OEUVRE CELESTE SAS | www.oeuvre-celeste.fr
Straßenbau Weiß | straßenbau-weiß.de || Strassenbau Weiss GmbH | STRAßENBAU-WEIß.de
Gdańska Stocznia Łabędź | labedz.pl || Gdanska Stocznia Labedz sp. z o.o. | www.labedz.pl
İzmir Zeytin A.Ş. | izmirzeytin.com.tr || Izmir Zeytin AS | izmirzeytin.com.tr
株式会社カワセミ | kawasemi.co.jp || Kawasemi Corporation | https://www.kawasemi.co.jp/en/
ООО Северный Ветер | severveter.ru || Severny Veter LLC | severveter.ru
# legal forms, abbreviations, initials
Consolidated Harbour Dredging plc | chd.com.mt || CHD | www.chd.com.mt
British Overseas Lanterns plc | bol.co.bb || BOL | bol.co.bb
The Wandering Kettle Company | wanderingkettle.com || Wandering Kettle Co. | wanderingkettle.com
Sociedad Anónima Minera Tarapacá | tarapaca.cl || Minera Tarapaca S.A. | www.tarapaca.cl
Hofmann + Partner mbB | hofmann-partner.de || Hofmann & Partner | hofmann-partner.de
A/S Skagerrak Fisk | skagerrakfisk.dk || Skagerrak Fisk A/S | skagerrakfisk.dk
P.T. Rimba Raya Tbk | rimbaraya.co.id || Rimba Raya | www.rimbaraya.co.id
Ganges Delta Tea Pvt. Ltd. | gangesdelta.in || Ganges Delta Tea Private Limited | gangesdelta.in
Corvid Labs (formerly Ravenworks) | corvidlabs.ai || Corvid Labs, Inc. | https://corvidlabs.ai
Old Mill Road Trading d/b/a Millroad | millroad.shop || Millroad | www.millroad.shop
# subdomains of one company
Larkspur Cloud | https://app.larkspur.cloud || Larkspur Cloud | https://larkspur.cloud
Verity Systems Inc | https://emea.veritysys.com || Verity Systems | https://www.veritysys.com
Hollowell Bank | https://onlinebanking.hollowellbank.com/login || Hollowell Bank | hollowellbank.com
Cinderford Council | https://planning.cinderford.gov.uk || Cinderford Council | www.cinderford.gov.uk
Eastmere College | https://library.eastmere.ac.uk || Eastmere College | eastmere.ac.uk
Universidad de Altamar | https://posgrado.altamar.edu.mx || Universidad de Altamar | altamar.edu.mx
Skerry Telecom | m.skerry.fo || Skerry Telecom | www.skerry.fo
Basalt GmbH | karriere.basalt.gmbh || Basalt | basalt.gmbh
# one site below a public suffix of a host
Owlbear Games | https://owlbear.github.io || Owlbear Games | owlbear.github.io/docs
Tofu Atelier | https://tofuatelier.myshopify.com || Tofu Atelier | tofuatelier.myshopify.com/collections
Pinecone Preschool | pineconepreschool.webflow.io || Pinecone Preschool | https://pineconepreschool.webflow.io/
Sailcloth Docs | sailcloth.netlify.app || Sailcloth | https://sailcloth.netlify.app
# one name is missing or a placeholder
Unknown | granitepost.com || Granite Post | www.granitepost.com
- | harborlightradio.com || Harbor Light Radio | harborlightradio.com
[not provided] | solsticeyoga.in || Solstice Yoga Studio | solsticeyoga.in
N/A | marigoldhomes.co.nz || Marigold Homes | marigoldhomes.co.nz
# the name is the domain, or a part of it
kestrelpay.com | kestrelpay.com || Kestrel Pay | www.kestrelpay.com
Tidewater | tidewaterfreight.com || Tidewater Freight Logistics Inc. | tidewaterfreight.com
GETNIMBLE | getnimble.co || Nimble | www.getnimble.co
Foxglove HQ | foxglove.dev || Foxglove Technologies | foxglove.dev
Try Osprey | tryosprey.com || Osprey Scheduling | tryosprey.com
Mapleton School District 7 | mapletonsd.org || Mapleton Schools | mapletonsd.org
# spellings of one name
Macallister Boatyard | macallisterboats.scot || McAllister Boatyard | macallisterboats.scot
Blue Heron Bio-Tech | blueheronbiotech.com || BlueHeron Biotech | blueheronbiotech.com
Smith, Ode & Varga Architects | sova.archi || SOVA Architects | sova.archi
Grünfeld Elektro | gruenfeld-elektro.at || Gruenfeld Elektrotechnik | www.gruenfeld-elektro.at
Cafe Nébuleuse | cafenebuleuse.be || Café Nebuleuse SPRL | cafenebuleuse.be
Delacroix Freres | delacroix-freres.fr || Delacroix Frères et Fils | delacroix-freres.fr
TransOcean Pipe Fitters | transoceanpipe.com || Trans Ocean Pipefitters Inc | transoceanpipe.com
Hearth 'n' Hound | hearthnhound.com || Hearth N Hound | hearthnhound.com
Le Petit Fromager | petitfromager.fr || Petit Fromager | petitfromager.fr
Rosewood Dental Care | rosewooddental.com || Rosewood Dental Center | rosewooddental.com
# offices and departments under one website
Contrail Freight Berlin | contrail.aero || Contrail Freight Munich | www.contrail.aero
Everholt Consulting - London Office | everholt.com || Everholt Consulting New York | everholt.com
Ministry of Tides, Dept. of Moon | tides.gov.au || Ministry of Tides | tides.gov.au
Larch Hospital Cardiology | larchhospital.org || Larch Hospital | larchhospital.org
Oakum Insurance (DACH) | oakum.eu || Oakum Insurance EMEA | oakum.eu
Volund Turbines Service GmbH | volund-turbines.de || Volund Turbines AG | volund-turbines.de
# aliases that the admin lists
Tannwald Maschinen GmbH | tannwald.de || Tannwald Inc. | tannwald.com
Tannwald Group | https://www.tannwald-group.com || Tannwald | tannwald.com/us
Quorvale Ltd | quorvale.co.uk || Quorvale | https://quorvale.com
QVL | https://qvl.io || Quorvale Inc | www.quorvale.com
# linked by a native sync, whatever the rest says
Alder & Finch | alderfinch.com || AF Holding | afholding.net +x
Marlow Grain | || Marlow Grain Elevators | marlowgrain.com +x
Pelikan Druck | pelikandruck.at || Pelikan Print | pelikanprint.com +x
Juniper Ridge Winery | https://facebook.com/juniperridge || Juniper Ridge | juniperridgewines.com +x
Novaterra | novaterra.br.com || Novaterra Brasil | novaterra.com.br +x
Stellwerk | stellwerk.berlin || Stellwerk GmbH | linkedin.com/company/stellwerk +x
Redpoll Media | redpollmedia.com || Siskin Media | siskin.media +x
Umber Coffee | n/a || Umber Coffee Roasters | umbercoffee.com +x
"""  # noqa: RUF001 Cyrillic is meant

MORE_SAME = """
# more of what admins see each day: two spellings of name and website
Aurelia Skincare Ltd. | aureliaskin.com || AURELIA SKINCARE LIMITED | HTTP://AURELIASKIN.COM
Bramble & Thorn | brambleandthorn.com || Bramble and Thorn, LLC | www.brambleandthorn.com/about-us
Cobalt Ridge Capital Partners | cobaltridge.com || Cobalt Ridge | cobaltridge.com
Driftwood Surf Schools | driftwoodsurf.pt || Driftwood Surf School Lda | https://driftwoodsurf.pt/en
Elm Street Bakery | elmstreetbakery.com || The Elm Street Bakery Inc | elmstreetbakery.com
Fenwick Telemetry | fenwicktelemetry.com || Fenwick Telemetry Systems | fenwicktelemetry.com
Gullwing Motors | gullwing-motors.de || Gullwing Motors Deutschland GmbH | gullwing-motors.de
Hazelnut Health | hazelnut.health || Hazelnut Health, PBC | https://hazelnut.health
Inkberry Design | inkberry.design || InkBerry | inkberry.design
Jackdaw Shipping | jackdawshipping.com.sg || Jackdaw Shipping Pte Ltd | jackdawshipping.com.sg
Kittiwake Energy | kittiwake.energy || Kittiwake Energy Holdings plc | www.kittiwake.energy
Lodestar Education | lodestar-edu.org || Lodestar Education Foundation | lodestar-edu.org
Moss & Lichen Gardens | mosslichen.com || Moss and Lichen | mosslichen.com
Nettlebed Creamery Supplies | nettlebedsupplies.co.uk || Nettlebed Supplies | nettlebedsupplies.co.uk
Otterbein Paper Mills | otterbein.paper.example || Otterbein Paper Mills | otterbein.paper.example
Plumage Fashion House | plumage.fashion || Plumage | plumage.fashion
Quarrystone Builders | quarrystone.build || Quarrystone Builders & Co | https://quarrystone.build/
Rime & Frost Refrigeration | rimefrost.ca || Rime and Frost Refrigeration Ltée | rimefrost.ca
Saltmarsh Salmon | saltmarsh.scot || Saltmarsh Salmon Ltd | www.saltmarsh.scot
Thistledown Textiles | thistledown.co || Thistledown | thistledown.co
Upland Optics | uplandoptics.com || Upland Optics Corporation | uplandoptics.com/contact
Vellum Legal | vellum.legal || Vellum Legal Services LLP | vellum.legal
Wharfside Analytics | wharfside.io || Wharfside | https://wharfside.io/?ref=hs
Xenolith Minerals | xenolith.com.pe || Xenolith Minerals SAC | xenolith.com.pe
Yarrow Clinics | yarrowclinics.ie || Yarrow Clinic Group | yarrowclinics.ie
Zinnia Events | zinnia.events || Zinnia Events BV | https://www.zinnia.events
Amberjack Seafood | amberjackseafood.com || Amberjack Sea Food Co | amberjackseafood.com
Birchbark Canoe Works | birchbark.works || Birchbark | birchbark.works
Chimney Swift Drones | chimneyswift.aero || ChimneySwift | chimneyswift.aero
Eelgrass Bio | eelgrass.bio || Eelgrass Biosciences, Inc. | https://www.eelgrass.bio/team
Fieldfare Catering | fieldfare-catering.com || Fieldfare Catering & Events | fieldfare-catering.com
Gannet Rock Lighting | gannetrock.com || GANNET ROCK LIGHTING INC. | GannetRock.com/Products
Hollyhock Homeware | hollyhockhome.com || Hollyhock Home Ware | hollyhockhome.com
Ibex Outdoor | ibexoutdoor.at || IBEX Outdoor Handels GmbH | www.ibexoutdoor.at
Jasmine Tower Tea | jasminetower.com.hk || Jasmine Tower | jasminetower.com.hk
Knapweed Honey | knapweed.com || Knapweed Honey Producers | http://knapweed.com:80/
Larkrise Mobility | larkrise.io || Larkrise | https://app.larkrise.io/login
Mudlark Antiques | mudlark.london || Mudlark Antiques London | mudlark.london
Nightjar Audio | nightjar.audio || Nightjar | //nightjar.audio
Oxlip Publishing | oxlip.press || Oxlip Press | oxlip.press
Ptarmigan Snowwear | ptarmigan.no || Ptarmigan Snow Wear AS | ptarmigan.no
Quaking Aspen Ranch | quakingaspen.com || Quaking Aspen Ranches LLC | www.quakingaspen.com
Rook & Castle Games | rookandcastle.com || Rook and Castle | info@rookandcastle.com
Sundew Water | sundewwater.in || Sundew Water Technologies Pvt Ltd | sundewwater.in
Teasel Wool | teaselwool.co.uk || Teasel Wool Ltd | www.teaselwool.co.uk/
Umbel Flowers | umbelflowers.nl || Umbel Flowers B.V. | umbelflowers.nl
Vole & Co | voleandco.com || Vole and Company | voleandco.com
Woodlark Guitars | woodlarkguitars.com || Woodlark | shop.woodlarkguitars.com
Yellowhammer Tools | yellowhammer.tools || Yellow Hammer | yellowhammer.tools
Dovetail Joinery | dovetail-joinery.com || Dovetail Joinery (UK) Ltd | www.dovetail-joinery.com
"""

UNSURE_SAME = """
# the same company, but nothing that proves it: these are to be asked, not linked
Rowanberry Cosmetics | rowanberry.com || Rowanberry Cosmetics GmbH | rowanberry.de
Silverlake Tools Inc | silverlaketools.com || Silverlake Tools | silverlaketool.com
Hawksmoor Lighting | hawksmoorlighting.com || Hawksmoor Lighting Ltd |
Oldcastle Radio | oldcastleradio.com || Newkeep Audio | newkeepaudio.com
Pangolin Payments | pangolinpay.com || Pangolin Payments | https://www.linkedin.com/company/pangolin-payments
Emberglow Stoves | emberglow.co.uk || Emberglow Stoves | emberglow-stoves.co.uk
Tundra Wear | || Tundra Wear AB |
Gorse Hill Farm | https://www.facebook.com/gorsehillfarm || Gorse Hill Farm | https://www.facebook.com/gorsehillfarm
Meridian Tax Advisors | meridiantax.wixsite.com/home || Meridian Tax Advisors | meridiantax.com
Saffron Street Kitchen | saffronstreet.com || SSK Restaurants | ssk.restaurant
Vantage Point Rebrand | morrowglass.com || Morrow Glassworks | morrowglass.com
Zuckerrübe Nord | zuckerruebe-nord.de || Zuckerruebe Nord eG | zuckerrübe-nord.de
"""

DIFFERENT = """
# similar names, different companies
Summit Dental | summitdental.com || Summit Dental Group | summitdentalgroup.net
Apex Roofing | apexroofing.com || Apex Roofing LLC | apexroofingtx.com
First National Bank of Alderton | fnbalderton.com || First National Bank of Elderton | fnbelderton.com
Delta Logistics | deltalogistics.fi || Delta Logistics | delta-logistics.gr
Phoenix Software | phoenixsoftware.com || Phoenix Software | phoenix-software.pl
Studio 54 Fitness | studio54fitness.com || Studio 55 Fitness | studio55fitness.com
Mercury Insurance Brokers | mercurybrokers.com || Mercury Insurance | mercuryins.co.nz
Atlas Copywriting | atlascopy.com || Atlas Copying | atlascopying.com
Evergreen Nursery | evergreennursery.com || Evergreen Nursery School | evergreennursery.school
Pioneer Seeds | pioneerseeds.com || Pioneer Seed Capital | pioneerseed.vc
Granite Construction Supply | granitesupply.com || Granite Construction | graniteconstruct.com
Blue Sky Travel | blueskytravel.com || Blue Sky Travels | blueskytravels.in
Sunrise Medical Center | sunrisemed.org || Sunrise Medical Supplies | sunrisemedsupply.com
Liberty Mutual Aid | libertymutualaid.org || Liberty Mutual Finance | libertymf.com
Orion Health Foods | orionhealthfoods.com || Orion Health Systems | orionhealthsys.com
Titan Cement Works | titancement.gr || Titan Cement | titan-cement.in
Nova Pharma | novapharma.com || Nova Farma | novafarma.com
Acorn Property Management | acornpm.com || Acorn Project Management | acornpm.co
Bridgewater Associates of Kent | bridgewaterkent.co.uk || Bridgewater Associates Ohio | bridgewaterohio.com
Horizon Air Cargo | horizonaircargo.com || Horizon Airport Parking | horizonparking.com
# one label, different endings, different companies
Cardinal | cardinal.com.mx || Cardinal | cardinal.ee
Polaris | polaris.fi || Polaris | polaris.travel
Echo Labs | echo.health || Echo Records | echo.audio
Merit | merit.school || Merit Construction | merit.build
Anchor | anchor.dk || Anchor Brewing Friends | anchor.beer
Pilot Plant | pilot.bio || Pilot Freight | pilot.delivery
Raven | raven.co.uk || Raven | raven.uk.com
Lotus Spa | lotus.spa || Lotus Bakery | lotus.be
Crane | crane.no || Crane Hire | crane.co.za
Swift Courier | swift.courier.example || Swift | swift.bank.example
# holding and subsidiary, each with a website of its own
Blackwater Holding SE | blackwater-holding.com || Blackwater Hydraulics GmbH | blackwater-hydraulics.com
Ostrander Group | ostrandergroup.com || Ostrander Paints | ostranderpaints.com
Kirkland Dairies Holdings | kirklandholdings.com || Kirkland Dairies | kirklanddairies.com
Vireo Capital | vireocapital.com || Vireo Biotech | vireobio.com
Helmsley Industries | helmsley.com || Helmsley Bearings India | helmsleybearings.in
Tallow Brands NV | tallowbrands.nl || Tallow Candles BV | tallowcandles.nl
# agencies, integrators and consultants who typed their client's website
Rocketfuel Creative Agency | northwinddairy.com || Northwind Dairy | northwinddairy.com
Blue Kite PR | sequoiabikes.com || Sequoia Bikes | www.sequoiabikes.com
Trowbridge & Lane Solicitors | fennelfoods.co.uk || Fennel Foods | fennelfoods.co.uk
Datamill Integrators | pewterbank.com || Pewter Bank | pewterbank.com
Hexagon SEO | castlemilk.ie || Castlemilk Creamery | castlemilk.ie
Kreativbüro Lindner | holzmann-fenster.de || Holzmann Fenster GmbH | holzmann-fenster.de
Web & Wonder | gladstonetiles.com || Gladstone Tiles | gladstonetiles.com
Bookkeeping by Dana | marblearchcafe.com || Marble Arch Cafe | marblearchcafe.com
Salesloop Consulting | tessellate.ai || Tessellate AI | tessellate.ai
Nordlys Reklamebyrå | fiskerihavn.no || Fiskerihavn AS | fiskerihavn.no
Vendorly | cloverhospitals.org || Clover Hospitals | cloverhospitals.org
Tri-County Staffing | bluebirdtrucking.com || Bluebird Trucking | bluebirdtrucking.com
Freelance: Jo Park | kitefestival.org || Kite Festival | kitefestival.org
Peregrine Recruiting | silicon-orchard.com || Silicon Orchard | silicon-orchard.com
M&A Boutique Zürich | alpenmolkerei.ch || Alpenmolkerei AG | alpenmolkerei.ch
Ledgerdomain Audit | wrenhotels.com || Wren Hotels | wrenhotels.com
Gecko Interactive | basilandbean.com || Basil and Bean | basilandbean.com
Harrow IT Support | stclementshospice.org || St Clements Hospice | stclementshospice.org
Pixel Pushers | opalferries.gr || Opal Ferries | opalferries.gr
Cartwright Translations | minerva-verlag.de || Minerva Verlag | minerva-verlag.de
# sites that companies share
Anvil Crossfit | https://www.facebook.com/anvilcrossfit || Bellows Crossfit | https://www.facebook.com/bellowscrossfit
Candle Corner | https://www.etsy.com/shop/candlecorner || Soap Corner | https://www.etsy.com/shop/soapcorner
Ada Freelancer | https://www.linkedin.com/in/ada-f || Bob Freelancer | https://www.linkedin.com/in/bob-f
Finch Apps | https://apps.apple.com/us/app/finch/id1 || Lark Apps | https://apps.apple.com/us/app/lark/id2
Grouse Games | https://play.google.com/store/apps/details?id=a || Quail Games | https://play.google.com/store/apps/dev?id=b
Kiln Pottery | https://kilnpottery.wordpress.com || Wheel Pottery | https://wheelpottery.wordpress.com
Lens Photography | lens.squarespace.com || Prism Photography | prism.squarespace.com
Dock Cafe | https://sites.google.com/view/dockcafe || Pier Cafe | https://sites.google.com/view/piercafe
Noor Imports | https://www.indiamart.com/noor || Zoya Imports | https://www.indiamart.com/zoya
Hatch Startup | https://github.com/hatch || Brood Startup | https://github.com/brood
Cliff Yoga | https://www.instagram.com/cliffyoga || Cove Yoga | https://instagram.com/coveyoga
Terra Tiles | https://terratiles.business.site || Luna Tiles | https://lunatiles.business.site
Reed Support | https://reed.zendesk.com || Rush Support | https://rush.zendesk.com
Fern Jobs | https://fern.recruitee.com || Moss Jobs | https://moss.recruitee.com
Ochre Portal | https://ochre.my.salesforce.com || Sienna Portal | https://sienna.my.salesforce.com
Alpha Plumbing | https://www.yelp.com/biz/alpha-plumbing || Omega Plumbing | https://www.yelp.com/biz/omega
Kai Trading | https://kai.en.alibaba.com || Lei Trading | https://lei.en.alibaba.com
Blog of Ben | https://benblog.tumblr.com || Blog of Cat | https://catblog.tumblr.com
Wix One | https://user1.wixsite.com/one || Wix Two | https://user1.wixsite.com/two
Linktree Lou | https://linktr.ee/lou || Linktree Mia | https://linktr.ee/mia
Short Link Co | https://bit.ly/3abc || Tiny Link Co | https://bit.ly/4def
Tenant Nine | tenantnine.onmicrosoft.com || Tenant Ten | tenantten.onmicrosoft.com
Archive Fan | https://web.archive.org/web/2019/http://a.com || Archive Foe | https://web.archive.org/web/2020/http://b.com
Register Ltd | https://opencorporates.com/companies/gb/1 || Registry Ltd | https://opencorporates.com/companies/gb/2
Wiki Works | https://en.wikipedia.org/wiki/Works || Wiki Wares | https://en.wikipedia.org/wiki/Wares
Meet Amy | https://www.meetup.com/amy || Meet Zed | https://www.meetup.com/zed
# below one public suffix of a host
Otter Docs | otterdocs.github.io || Beaver Docs | beaverdocs.github.io
Plum Store | plumstore.myshopify.com || Pear Store | pearstore.myshopify.com
Ivy Site | ivysite.netlify.app || Oak Site | oaksite.netlify.app
Rune Blog | runeblog.blogspot.com || Sigil Blog | sigilblog.blogspot.com
Bee App | beeapp.herokuapp.com || Wasp App | waspapp.herokuapp.com
Doe Traders | doetraders.uk.com || Roe Traders | roetraders.uk.com
# suffixes of more than one label
Thames Water Toys | thamestoys.co.uk || Severn Water Toys | severntoys.co.uk
Aoki Ltd | aoki.co.jp || Baba Ltd | baba.co.jp
Leeds Council Shop | leedsshop.gov.uk || Hull Council Shop | hullshop.gov.uk
Kiwi Foods | kiwifoods.co.nz || Moa Foods | moafoods.co.nz
Rio Modas | riomodas.com.br || Bahia Modas | bahiamodas.com.br
Cape Tours | capetours.co.za || Rand Tours | randtours.co.za
# placeholders, parked domains, free mail as website, addresses of machines
Real Co One | example.com || Real Co Two | www.example.com
Nameless One | none.com || Nameless Two | http://none.com
Tested One | test.com || Tested Two | test.com
Parked One | https://www.hugedomains.com/domain_profile.cfm?d=one || Parked Two | https://www.hugedomains.com/x
Sold One | https://sedo.com/search/?keyword=a || Sold Two | https://sedo.com/search/?keyword=b
Mailer One | ann@gmail.com || Mailer Two | gmail.com
Hotmailer One | hotmail.com || Hotmailer Two | bob@hotmail.com
Burner One | joe@mailinator.com || Burner Two | mailinator.com
Own Site One | yourdomain.com || Own Site Two | https://yourdomain.com
Robot One | 192.168.0.1 || Robot Two | http://192.168.0.1/admin
Local One | localhost:3000 || Local Two | localhost
Dash One | - || Dash Two | -
Nothing One | n/a || Nothing Two | n/a
Dotty One | . || Dotty Two | .
Slash One | http:// || Slash Two | http://
Suffix One | co.uk || Suffix Two | http://www.co.uk
Both One | apple-pie.com, pear-pie.com || Apple Pie | apple-pie.com
Tbd One | tbd || Tbd Two | TBD
# franchises and associations whose domain the admin has listed
Pizza Pronto Mainz | pizzapronto-franchise.com || Pizza Pronto Bonn | pizzapronto-franchise.com
Pizza Pronto Trier | www.pizzapronto-franchise.com/trier || Pizza Pronto Kassel | pizzapronto-franchise.com/kassel
Makler Petersen | maklerverbund-nord.de/petersen || Makler Hansen | maklerverbund-nord.de/hansen
Makler Jensen | jensen.maklerverbund-nord.de || Makler Carstens | carstens.maklerverbund-nord.de
# typos that lead to somebody else
Microsort Labs | microsort.com || Microsoft Repair Shop | microsotf-repair.com
Amazone Rafting | amazonerafting.com || Amazon Rafting | amazonrafting.com
Gogle Glasses | gogleglasses.com || Goggle Glasses | goggleglasses.com
Weisswasser Energie | weisswasserenergie.de || Weißwasser Energie Museum | weißwasserenergie.de
Arnazing Tea | arnazingtea.com || Amazing Tea | amazingtea.com
# names of one brand for different things
Dove Soap Works | dovesoap.com || Dove Chocolate Works | dovechocolate.com
Jaguar Cars of Lodz | jaguarcarslodz.pl || Jaguar Energy Guatemala | jaguarenergy.com.gt
Domino Sugar Mill | dominosugarmill.com || Domino Printing | domino-printing.eu
Penguin Parkas | penguinparkas.com || Penguin Publishing Works | penguinpublishing.works
Puma Gasolineras | pumagas.hn || Puma Exploration | explorepuma.ca
# a register of names that people share
Schmidt GmbH | schmidt-dach.de || Schmidt GmbH | schmidt-heizung.de
Smith & Sons | smithandsons-plumbing.com || Smith & Sons | smithsonsfunerals.com
Garcia Hermanos | garciahermanos.es || Garcia Hermanos SL | garciahnos.com.ar
Wang Electronics | wangelectronics.cn || Wang Electronics | wang-el.com.tw
Van Dijk Transport | vandijktransport.nl || Van Dijk Transport | vandijk-transport.be
Kim Dental Clinic | kimdental.kr || Kim Dental Clinic | kimdentalclinic.com
Müller AG | mueller-ag.ch || Müller AG | mueller.ag
Rossi S.r.l. | rossi-rubinetti.it || Rossi Srl | rossimarmi.it
Nguyen Trading | nguyentrading.vn || Nguyen Trading | nguyentrading.com.au
Silva & Filhos | silvaefilhos.pt || Silva & Filhos Ltda | silvaefilhos.com.br
# tenants, hubs and sponsors: companies that share a website without being one
Rainfall Robotics | harborhub.io || Cinder Cosmetics | harborhub.io
Lemur Ledger | launchpad-east.com || Quince Nutrition | www.launchpad-east.com
Moorland Meats | kirkstone.com || Kirkstone Dairies | kirkstone.com
Tailor Otto | citygallery-mall.com || Sushi Yama | citygallery-mall.com/sushi
Children's Fund Aid | granitebanking.com || Granite Banking | granitebanking.com
Old Harbour Museum Friends | seabrookcity.gov.uk || Seabrook City | seabrookcity.gov.uk
Roofing by Ray | localtrades.biz.example || Tiling by Tess | localtrades.biz.example
Grand Hotel Bellagioia | stellaresorts.com || Stella Resorts | stellaresorts.com
Dr. Anders Holm | medpark-aarhus.dk || Dr. Birgit Lund | medpark-aarhus.dk
Kanzlei Vogt | anwalthaus-jena.de || Notariat Petzold | anwalthaus-jena.de
Cyclone FC Supporters | umbrellabrewery.com || Umbrella Brewery | umbrellabrewery.com
Payroll Partner Plus | sorrelbikes.com || Sorrel Bikes | sorrelbikes.com
# names alike, websites alike, still two
Highland Springs Water | highlandspringswater.com || Highland Spring Waters | highlandspringwaters.com
Lakeside Dental | lakesidedental.com || Lakeside Dental | lakesidedental.ca
Metro Cab | metrocab.com || Metro Cabs | metrocabs.com
Harbor Freight Lines | harborlines.com || Harbour Freight Lines | harbourlines.com.au
Ridge Line Roofing | ridgelineroofing.com || Ridgeline Roofing | ridgeline-roofing.com
Alpine Insurance | alpine-insurance.com || Alpine Insurance | alpineinsurance.com
Stone Creek Winery | stonecreek.wine || Stone Creek Wines | stonecreekwines.com
Central Pharmacy | centralpharmacy.com || Central Pharmacy | central-pharmacy.co.uk
Bay Area Movers | bayareamovers.com || Bay Area Movers | bayareamovers.net
Royal Bakery | royalbakery.com || Royal Bakery | royalbakery.ae
Prime Logistics | primelogistics.com || Prime Logistics | primelogistics.us
Sunflower Kindergarten | sunflowerkg.jp || Sunflower Kindergarten | sunflower-kg.de
Elite Fitness | elitefitness.co.nz || Elite Fitness | elitefitness.com
Vista Windows | vistawindows.com || Vista Window | vistawindow.com
Crown Plaza Parking | crownplazaparking.com || Crowne Plaza Parking | crowneplazaparking.com
Golden Gate Capital Cars | ggcars.com || Golden Gate Cars | goldengatecars.com
Unity Church of Perth | unityperth.org || Unity Church of Paris | unityparis.org
Global Tech Services | globaltechservices.com || Global Tech Services | gts-global.com
New Era Printing | newera.print || New Era Painting | newera.paint
Omni Care | omnicare.se || Omni Care | omni.care
# one CRM twice
Teal Harbour Trading | tealharbour.com || Teal Harbour Training | tealharbourtraining.com +1
Lilac Lane | lilaclane.com || Lilac Lane | lilac-lane.com +1
Hedgerow Jam | || Hedgerow Gin | +1
Private Person | gmail.com || Private Person | gmail.com +1
# an id that two systems use by chance is no cross-reference; neither domain nor name says one company
Walrus Ice | walrusice.gl || Puffin Ice | puffinice.fo
Tapir Trails | tapirtrails.cr || Ocelot Trails | ocelottrails.cr
"""

HARD_DIFFERENT = """
# wrong as rules see them: small franchises under one domain that nobody has listed
Burger Barn Springfield | burgerbarn.com || Burger Barn Shelbyville | burgerbarn.com
"""

PEOPLE_SAME = """
jo@halvorsenmarine.no || Halvorsen Marine AS | halvorsenmarine.no
JO.BLOGGS@Mail.Brightmoor.IO || Brightmoor Analytics, Inc. | brightmoor.io
einkauf@tannwald.de || Tannwald Inc. | tannwald.com
kim@qvl.io || Quorvale | https://quorvale.com
ann+crm@pembertonloom.co.uk || Pemberton Loom Ltd | pembertonloom.co.uk
küche@müller-präzision.de || Müller Präzision | https://müller-präzision.de
x@xn--mller-przision-dib09a.de || Müller Präzision | https://müller-präzision.de
dean@eastmere.ac.uk || Eastmere College | eastmere.ac.uk
mayor@cinderford.gov.uk || Cinderford Council | www.cinderford.gov.uk
ceo@northwinddairy.com || Northwind Dairy | northwinddairy.com
sales@sequoiabikes.com || Sequoia Bikes | www.sequoiabikes.com
info@pelikanprint.com || Pelikan Print | pelikanprint.com
info@pelikandruck.at || Pelikan Print | pelikanprint.com
"""

PEOPLE_DIFFERENT = """
ann@gmail.com || Mailer Two | gmail.com
bob@hotmail.com || Hotmailer One | hotmail.com
temp@mailinator.com || Burner Two | mailinator.com
temp@guerrillamail.com || Granite Post | www.granitepost.com
jo@example.com || Real Co One | example.com
jo@qq.com || Kai Trading | https://kai.en.alibaba.com
jo@t-online.de || Kessler & Töchter GmbH | kessler-toechter.de
jo@privaterelay.appleid.com || Finch Apps | https://apps.apple.com/us/app/finch/id1
jo@tenantnine.onmicrosoft.com || Tenant Nine | tenantnine.onmicrosoft.com
jo@pizzapronto-franchise.com || Pizza Pronto Mainz | pizzapronto-franchise.com
jo@northwinddairy.com || Rocketfuel Creative Agency | northwinddairy.com
jo@rowanberry.de || Rowanberry Cosmetics | rowanberry.com
jo@summitdentalgroup.net || Summit Dental | summitdental.com
jo@proton.me || Polaris | polaris.fi
jo@[192.168.0.1] || Robot One | 192.168.0.1
jo@reed.zendesk.com || Reed Support | https://reed.zendesk.com
"""

CROWD = ("hammerundnagel.de", "Hammer & Nagel {place}")
"""A franchise that nobody has listed, with more shops than one company has names."""
PLACES = """
Aachen Bremen Celle Dresden Essen Fulda Gera Hagen Ilmenau Jena Kiel Landau Mainz Neuss
""".split()  # noqa: SIM905
